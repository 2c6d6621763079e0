/** `detach`: the process in between, where a detached process is started by a double fork. @module */
import type { Command } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";

/** The command. */
export const command: Command = {
  usage: "-- ARGS…",
  summary: "Start boot-sentinel with ARGS as nobody's child; called by itself",
  examples: [],
  positionals: [0, 0],
  gate: true,
  internal: true,
  async run({ rest = [] }) {
    const { detach } = await import("../../system/linux/double_fork.ts");
    return await detach(rest) ? EXIT.ok : EXIT.no;
  },
};
