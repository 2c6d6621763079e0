/** `confirm`: the live build is good. @module */
import type { Confirmation } from "../../core/confirm.ts";
import { answer, type Command, sentinelOf } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { EVENTS } from "../options.ts";

const TEXTS: Record<Confirmation["kind"], (version: string) => string> = {
  promoted: (version) => `Confirmed ${version}: it is last-good now`,
  seeded: (version) => `Kept ${version} as the first last-good`,
  already: (version) => `${version} is last-good already`,
  notLive: (version) =>
    `Nothing was confirmed: the live build is not the armed one (${version}); start it through the gate first`,
};

/** The command. */
export const command: Command = {
  usage: "--exe PATH [options]",
  summary: "The live build is good: make it last-good",
  examples: ["boot-sentinel confirm --exe /opt/app/server"],
  options: EVENTS,
  positionals: [0, 0],
  run(context) {
    const { kind, version } = sentinelOf(context).confirmHealthy();
    answer(context, TEXTS[kind](version), { confirmed: kind !== "notLive", kind, version });
    return kind === "notLive" ? EXIT.no : EXIT.ok;
  },
};
