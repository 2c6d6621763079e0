/**
 * What a supervised program writes, where its supervisor has it: the streams of both are the same. Nothing is put
 * between the program and its streams.
 *
 * @module
 */
import type { ProcessIo } from "../../system/process/process_io.ts";
import { outputSince, outputSize } from "../../system/process/output_file.ts";
import { journalWords, wordsIn } from "../last_words.ts";

/** Gives the last lines that were written since it was made; `undefined`: there are none, or nobody has them. */
export type BootOutput = () => Promise<readonly string[] | undefined>;

/** The journal has a line a moment after it was written. */
const JOURNAL_MS = 200;

/** Call it before a start. A file that the streams go to is read; else systemd's journal. */
export function beginOutput(
  io: Pick<ProcessIo, "env" | "journalctl" | "pause">,
  file: { readonly size: () => number | undefined; readonly since: (size: number) => string | undefined } = {
    size: outputSize,
    since: outputSince,
  },
): BootOutput {
  const size = file.size();
  if (size !== undefined) return () => Promise.resolve(wordsIn(file.since(size) ?? ""));
  const invocation = io.env.get("INVOCATION_ID");
  if (invocation === undefined) return () => Promise.resolve(undefined);
  // One start of the unit has many of these boots.
  const startedAt = Date.now();
  return async () => {
    const words = await journalWords(invocation, io, startedAt);
    if (words !== undefined) return words;
    await io.pause(JOURNAL_MS);
    return await journalWords(invocation, io, startedAt);
  };
}
