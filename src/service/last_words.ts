/** What a service wrote last before it ended. @module */
import type { ProcessIo } from "../system/process/process_io.ts";
import { masked } from "./masked.ts";

const LINES = 20;

/** A longer line is cut before anything else is done with it. */
const LONGEST_LINE = 4096;

/** Colours and titles: they would hide a secret, as in a coloured `token=…`. */
// deno-lint-ignore no-control-regex
const TERMINAL_SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))/g;

/** More than are kept: some are the gate's own, and a private key that is left out has many. */
const READ_LINES = 80;

/**
 * The last lines that the processes of one start of a unit wrote to the journal; `undefined`: none, or no journal.
 *
 * @param since Only what was written since then, milliseconds since the epoch.
 */
export async function journalWords(
  invocation: string | undefined,
  io: Pick<ProcessIo, "journalctl">,
  since?: number,
): Promise<readonly string[] | undefined> {
  if (invocation === undefined || !/^[0-9a-f]{32}$/.test(invocation)) return undefined;
  const from = since === undefined ? [] : [`--since=@${(since / 1000).toFixed(3)}`];
  const match = `_SYSTEMD_INVOCATION_ID=${invocation}`;
  const { code, stdout } = await io.journalctl(
    "--no-pager",
    "--quiet",
    "--output=cat",
    `--lines=${READ_LINES}`,
    ...from,
    match,
  );
  return code === 0 ? wordsIn(stdout) : undefined;
}

/** The last lines of a text, without the gate's own and without secrets; `undefined`: there are none. */
export function wordsIn(text: string): readonly string[] | undefined {
  const lines = text.replaceAll(TERMINAL_SEQUENCE, "").split("\n")
    .filter((line) => line.trim() !== "" && !/^(<\d>)?boot-sentinel: /.test(line))
    .slice(-READ_LINES)
    .map((line) => line.slice(0, LONGEST_LINE).trimEnd());
  const words = masked(lines.join("\n")).split("\n").slice(-LINES);
  return lines.length === 0 ? undefined : words;
}
