/** What a service wrote last before it ended. @module */
import type { ProcessIo } from "../system/process/process_io.ts";

const LINES = 20;

/** The last lines that the processes of one start of a unit wrote to the journal; `undefined`: none, or no journal. */
export async function lastWords(
  invocation: string | undefined,
  io: Pick<ProcessIo, "journalctl">,
): Promise<string | undefined> {
  if (invocation === undefined || !/^[0-9a-f]{32}$/.test(invocation)) return undefined;
  const match = `_SYSTEMD_INVOCATION_ID=${invocation}`;
  const { code, stdout } = await io.journalctl("--no-pager", "--output=cat", `--lines=${3 * LINES}`, match);
  if (code !== 0) return undefined;
  const own = stdout.split("\n").filter((line) => line.trim() !== "" && !/^(<\d>)?boot-sentinel: /.test(line));
  return own.length === 0 ? undefined : masked(own.slice(-LINES).join("\n"));
}

/** The text without what looks like a secret. */
export function masked(text: string): string {
  return text
    .replace(/\b([\w-]*(?:password|passwd|secret|token|api[_-]?key))(["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi, "$1$2***")
    .replace(/\b(authorization:\s*\w+\s+)\S+/gi, "$1***")
    .replace(/(\w+:\/\/)[^/@\s]+@/g, "$1***@");
}
