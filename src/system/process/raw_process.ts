/** What this process was started with, byte for byte: strings lose what is not UTF-8. @module */
import process from "./process.ts";
import { procBytes } from "../linux/proc.ts";
import { textOf, utf8 } from "../ffi/bytes.ts";

/**
 * The last `count` arguments of this process, at least one. Without `/proc` they are in UTF-8, whatever they were.
 */
export function lastArguments(count: number): Uint8Array[] {
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

/** The environment as one text, with a NUL before and after each entry. Making `process.env` takes a millisecond. */
function environmentText(): string {
  if (environment === undefined) {
    const bytes = procBytes(ENVIRONMENT);
    environment = bytes === undefined
      ? `\0${rawEnvironment().map((entry) => `${textOf(entry)}\0`).join("")}`
      : `\0${textOf(bytes)}`;
  }
  return environment;
}

/** Whether a variable that begins so was set when this process was started. */
export function hasVariables(prefix: string): boolean {
  return environmentText().includes(`\0${prefix}`);
}

/** A variable of the environment, as this process got it; of a doubled one the last, as the runtime has it. */
export function initialVariable(name: string): string | undefined {
  const text = environmentText();
  const start = text.lastIndexOf(`\0${name}=`);
  return start < 0 ? undefined : text.slice(start + name.length + 2, text.indexOf("\0", start + 1));
}

function rawList(path: string): Uint8Array[] | undefined {
  const bytes = procBytes(path);
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
