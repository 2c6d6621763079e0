/** The gate for a plain command line: what `run` comes to when nothing but such options are given. @module */
import { DEFAULT_KEEP, DEFAULT_MAX_ATTEMPTS } from "../core/sentinel_options.ts";
import { stderrLog } from "../system/process/log.ts";
import { gateIo } from "../system/process/gate_io.ts";
import { variableIn } from "../system/process/raw_process.ts";
import { realPorts } from "../system/real_ports.ts";
import { exitWith } from "./exit_with.ts";
import type { PlainLine } from "./plain_line.ts";
import { type Start, startGated } from "./start.ts";

/** Judges the boot and becomes the program. */
export function runPlain(line: PlainLine): Promise<void> {
  const start = plainStart(line, variableIn(line.env, "INVOCATION_ID"));
  return exitWith(startGated(start, gateIo, realPorts({ log: stderrLog() })), gateIo);
}

/** What the options of a plain line come to. */
export function plainStart(line: PlainLine, invocation: string | undefined): Start {
  const { exe, dataDir, options, words, ownWords } = line;
  return {
    guarded: {
      ...{ exe, dataDir, watchBytes: true },
      keep: Number(options["--keep"] ?? DEFAULT_KEEP),
      watched: options["--confirm"] !== "manual",
      ...(invocation === undefined ? {} : { invocation }),
    },
    word: exe,
    words,
    file: undefined,
    maxAttempts: Number(options["--max-attempts"] ?? DEFAULT_MAX_ATTEMPTS),
    afterRollback: "run",
    nofile: undefined,
    ownWords,
    watcherFirst: false,
  };
}
