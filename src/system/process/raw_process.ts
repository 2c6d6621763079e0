/**
 * The arguments and the environment of this process as bytes: strings cannot represent bytes that are not UTF-8.
 *
 * @module
 */
import process from "./process.ts";
import { procBytes } from "../linux/proc.ts";
import { textOf, utf8 } from "../ffi/bytes.ts";

/**
 * The last `count` arguments of this process (at least one). Without `/proc` they are converted from strings to UTF-8.
 */
export function lastArguments(count: number): Uint8Array[] {
  const strings = process.argv.slice(-count);
  // Bytes that are not UTF-8 have become U+FFFD. Only then is /proc read.
  const raw = strings.join("").includes("\ufffd") ? rawList("/proc/self/cmdline")?.slice(-count) : undefined;
  if (raw !== undefined) return raw;
  const args: Uint8Array[] = [];
  for (const arg of strings) args.push(utf8(arg));
  return args;
}

/**
 * The environment that this process was started with, one `NAME=value` per entry, with duplicate names and entries
 * without `=`. Without a readable `/proc` it is `process.env` in UTF-8.
 */
export function rawEnvironment(): Uint8Array[] {
  return rawList(ENVIRONMENT) ??
    Object.entries(process.env).map(([name, value]) => utf8(`${name}=${value ?? ""}`));
}

// A process whose executable has file capabilities cannot read its own.
const ENVIRONMENT = "/proc/self/environ";

let environment: string | undefined;

/** The environment as one string, with a NUL before and after each entry. `process.env` would take a millisecond. */
function environmentText(): string {
  if (environment === undefined) {
    const bytes = procBytes(ENVIRONMENT);
    environment = bytes === undefined
      ? `\0${rawEnvironment().map((entry) => `${textOf(entry)}\0`).join("")}`
      : `\0${textOf(bytes)}`;
  }
  return environment;
}

/** True when this process was started with a variable that starts with this. */
export function hasVariables(prefix: string): boolean {
  return environmentText().includes(`\0${prefix}`);
}

/** A variable that this process was started with. If it is set twice, the last value, as in `process.env`. */
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
