/** What this process was started with, byte for byte: strings lose what is not UTF-8. @module */
import process from "./process.ts";
import { utf8 } from "./bytes.ts";
import { procFile } from "./proc_file.ts";

/**
 * All of this process's arguments as the kernel has them, the runtime's own included (`bun run main.ts …`): the last
 * `n` of them are the last `n` of `process.argv`. Without `/proc` they are `process.argv` in UTF-8.
 */
export function rawCommandLine(): Uint8Array[] {
  return rawList("/proc/self/cmdline") ?? process.argv.map(utf8);
}

/**
 * The environment as this process got it, one `NAME=value` an entry: also doubled names and entries without `=`.
 * Without a readable `/proc` it is `process.env` in UTF-8.
 */
export function rawEnvironment(): Uint8Array[] {
  return rawList("/proc/self/environ") ??
    Object.entries(process.env).map(([name, value]) => utf8(`${name}=${value ?? ""}`));
}

function rawList(path: string): Uint8Array[] | undefined {
  const bytes = procFile(path);
  // An executable with file capabilities may not read its own environment.
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
