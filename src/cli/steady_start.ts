/**
 * The shortest way into a service that has nothing to be judged. Most boots are such, and the whole program, which
 * would come to the same end, costs more to load than all that they need.
 *
 * @module
 */
import { looseMode } from "../core/loose_mode.ts";
import { RECORD_FILE, SENTINEL_FILE } from "../core/state_names.ts";
import { provesSteady } from "../core/steady.ts";
import type { BareIo } from "../system/bare_io.ts";
import { CONFIG_FILE } from "./config_name.ts";

/** Options that say nothing about a steady start, and values of theirs that are surely right. */
export const INDIFFERENT: Readonly<Record<string, RegExp>> = {
  "--data-dir": /^\/[^\0]*$/,
  "--max-attempts": /^\d{1,9}$/,
  "--keep": /^\d{1,9}$/,
  "--confirm": /^manual$/,
  "--probe":
    /^(notify|tcp:\/\/(localhost|127\.0\.0\.1):[1-9]\d{1,3}|http:\/\/(localhost|127\.0\.0\.1):[1-9]\d{1,3}(\/[\w./-]*)?)$/,
  "--healthy-after": /^\d{1,6}s$/,
  "--healthy-deadline": /^\d{1,6}s$/,
};

/**
 * Becomes the program of a `run` whose boot is surely steady. Returns when it is not, or not surely, or when the
 * program could not be started: then nothing has been changed, and the whole program has to judge.
 */
export function startSteady(io: BareIo): void {
  try {
    const start = steadyStart(io);
    if (start !== undefined) io.become(start.words, start.env);
  } catch { /* whatever it was: who judges meets it again, and knows what to say */ }
}

/** How to start the program of a boot that is surely steady. */
export function steadyStart(io: BareIo): { readonly words: number; readonly env: readonly Uint8Array[] } | undefined {
  if (io.os !== "linux" || io.arguments[0] !== "run") return undefined;
  const end = io.arguments.indexOf("--");
  const exe = io.arguments[end + 1];
  if (end < 0 || exe === undefined || !exe.startsWith("/")) return undefined;
  let dataDir: string | undefined;
  for (let at = 1; at < end; at += 2) {
    const [option = "", value = ""] = io.arguments.slice(at, at + 2);
    if (at + 1 === end || INDIFFERENT[option]?.test(value) !== true) return undefined;
    if (option === "--data-dir") dataDir = value;
  }
  const env = io.environment();
  for (const entry of env) {
    const text = new TextDecoder().decode(entry);
    if (text.startsWith("BOOT_SENTINEL_")) return undefined;
    if (text.startsWith("STATE_DIRECTORY=")) dataDir ??= firstOf(text.slice("STATE_DIRECTORY=".length));
  }
  dataDir ??= folderOf(exe);
  if (!io.isMissing(`${dataDir}/${SENTINEL_FILE}`)) return undefined;
  if (!io.isMissing(`${folderOf(io.self)}/${CONFIG_FILE}`)) return undefined;
  const record = io.read(`${dataDir}/${RECORD_FILE}`);
  const stamp = io.stampOf(exe);
  if (record === undefined || looseMode(record) !== undefined || stamp === undefined) return undefined;
  return provesSteady(record.text, exe, stamp) ? { words: io.arguments.length - end - 1, env } : undefined;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** systemd separates several state directories by colons; a relative one is for others to resolve. */
function firstOf(directories: string): string | undefined {
  const [first = ""] = directories.split(":");
  return first || undefined;
}
