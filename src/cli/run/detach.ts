/** `detach`: the intermediate process of a double fork, by which a detached process is started. @module */
import type { Command } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";

/** The command. */
export const command: Command = {
  usage: "-- ARGS…",
  summary: "Start boot-sentinel with ARGS as a detached process; called by boot-sentinel itself",
  examples: [],
  finds: "none",
  positionals: [0, 0],
  gate: true,
  internal: true,
  async run({ rest = [] }) {
    const { detach } = await import("../../system/linux/double_fork.ts");
    return await detach(rest) ? EXIT.ok : EXIT.no;
  },
};
