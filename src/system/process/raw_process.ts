/** What this process was started with, byte for byte: strings lose what is not UTF-8. @module */
import process from "./process.ts";
import { textOf, utf8 } from "../ffi/bytes.ts";
import { procFile } from "../linux/proc_file.ts";

/**
 * The last `count` words of this process's command line, at least one. Without `/proc` they are in UTF-8, whatever they
 * were.
 */
export function lastWords(count: number): Uint8Array[] {
  const known = process.argv.slice(-count);
  // What a string cannot hold has become this sign.
  const raw = known.join("").includes("\ufffd") ? rawList("/proc/self/cmdline")?.slice(-count) : undefined;
  if (raw !== undefined) return raw;
  const words: Uint8Array[] = [];
  for (const word of known) words.push(utf8(word));
  return words;
}

/**
 * The environment as this process got it, one `NAME=value` an entry: also doubled names and entries without `=`.
 * Without a readable `/proc` it is `process.env` in UTF-8.
 */
export function rawEnvironment(): Uint8Array[] {
  return rawList(ENVIRONMENT) ??
    Object.entries(process.env).map(([name, value]) => utf8(`${name}=${value ?? ""}`));
}

// An executable with file capabilities may not read its own.
const ENVIRONMENT = "/proc/self/environ";

let environment: string | undefined;

/**
 * The same as one text, in which a NUL stands before and after each entry. `process.env` takes longer to be made than
 * all that a boot asks of it.
 */
export function environmentText(): string {
  if (environment !== undefined) return environment;
  const bytes = procFile(ENVIRONMENT);
  if (bytes !== undefined) return environment = `\0${textOf(bytes)}`;
  let text = "\0";
  for (const entry of rawEnvironment()) text += `${textOf(entry)}\0`;
  return environment = text;
}

/** The value of a variable in such a text; of a doubled one the last, as the runtime has it. */
export function variableIn(text: string, name: string): string | undefined {
  const start = text.lastIndexOf(`\0${name}=`);
  return start < 0 ? undefined : text.slice(start + name.length + 2, text.indexOf("\0", start + 1));
}

function rawList(path: string): Uint8Array[] | undefined {
  const bytes = procFile(path);
  if (bytes === undefined) return undefined;
  const list: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0, start);
    list.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    if (end < 0) break;
    start = end + 1;
  }
  return list;
}
