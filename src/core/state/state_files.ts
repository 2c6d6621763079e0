/**
 * The state files: tolerant to read, durable to write.
 *
 * @module
 */
import { looseMode } from "./loose_mode.ts";
import { join } from "@std/path/join.js";
import { directoryOf, nameOf, sibling } from "./paths.ts";
import { replaceFile } from "./replace_file.ts";
import { type Fs, FsError } from "../fs_port.ts";
import { Misfit, type Shape } from "./validators.ts";
import { shellWord } from "../shell_word.ts";
import { SCHEMA } from "./state_names.ts";

/** No state file grows beyond this; what is larger is not ours. */
const SIZE_LIMIT = 1 << 20;

/** What a state file turned out to be. */
export type StateRead<T> =
  | { readonly kind: "absent" }
  | { readonly kind: "value"; readonly value: T }
  /** No state at all: safe to set aside. */
  | { readonly kind: "corrupt"; readonly why: string }
  /** Written by a newer program, not to be read by us, or not to be trusted: hands off. */
  | ({ readonly kind: "untouchable" } & Distrust);

/** Why a file is not used, and what to do about it. */
export interface Distrust {
  readonly why: string;
  readonly advice: string;
}

/** Reads a state file; never throws. */
export function readState<T>(fs: Fs, path: string, shape: Shape<T>): StateRead<T> {
  let bytes: Uint8Array;
  try {
    const distrust = distrustOf(fs, path);
    if (distrust !== undefined) return { kind: "untouchable", ...distrust };
    bytes = fs.read(path, SIZE_LIMIT + 1);
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return { kind: "absent" };
    const advice = error instanceof FsError && error.code === "denied"
      ? "read it as the service's user, or give it to that user"
      : "look at it as root";
    return { kind: "untouchable", why: (error as Error).message, advice };
  }
  if (bytes.length === 0) return { kind: "corrupt", why: "it is empty" };
  if (bytes.length > SIZE_LIMIT) return { kind: "corrupt", why: "it is larger than 1 MiB" };
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { kind: "corrupt", why: "it is UTF-16, not UTF-8" };
  }
  if (bytes[0] === 0 && bytes.every((byte) => byte === 0)) return { kind: "corrupt", why: "it holds NUL bytes only" };
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes)); // the decoder drops a UTF-8 byte order mark
  } catch {
    return { kind: "corrupt", why: "it is not JSON" };
  }
  const newer = (json as { schema?: unknown } | null)?.schema;
  if (typeof newer === "number" && newer > SCHEMA) {
    return {
      kind: "untouchable",
      why: `it has schema ${newer}, and this program knows ${SCHEMA}`,
      advice: `use the program that wrote it, or remove it: rm ${shellWord(path)}`,
    };
  }
  try {
    return { kind: "value", value: shape(json, "") };
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    return { kind: "corrupt", why: `its ${error.message}` };
  }
}

/** False when a text stands nowhere in a state file; true also when only {@link readState} can tell. Never throws. */
export function mayContain(fs: Fs, path: string, text: string): boolean {
  try {
    // A pipe is left to the reader that knows what to say of it.
    return fs.info(path).kind !== "file" || new TextDecoder().decode(fs.read(path, SIZE_LIMIT)).includes(text);
  } catch (error) {
    return !(error instanceof FsError && error.code === "notFound");
  }
}

/** Why nobody should believe the file: whoever can write it decides which program is started. */
function distrustOf(fs: Fs, path: string): Distrust | undefined {
  const info = fs.info(path);
  const remove = `look at it and remove it: rm ${shellWord(path)}`;
  // Looked at first: to read a pipe that somebody put there would take for ever.
  if (info.kind !== "file") return { why: "it is no file", advice: remove };
  const loose = looseMode(info);
  if (loose !== undefined) {
    const why = `other users can write it (mode ${loose})`;
    return { why, advice: `look at it, then: chmod 600 ${shellWord(path)}` };
  }
  return info.link ? { why: "it is a symbolic link", advice: remove } : undefined;
}

/**
 * Writes a state file so that a reader, a kill or a power cut only ever meets the old or the new content. Where that
 * fails (full disk, directory not writable) an existing file is written over in place: a counter that may tear beats
 * one that stands still.
 *
 * @throws {FsError} The write failed both ways; the old content is still there.
 */
export function writeState(fs: Fs, path: string, value: Record<string, unknown>): void {
  const bytes = new TextEncoder().encode(JSON.stringify(value) + "\n");
  try {
    replaceFile(fs, path, bytes);
  } catch (error) {
    try {
      fs.overwrite(path, bytes);
    } catch {
      throw error;
    }
  }
}

/** Removes a state file for good. A missing one is no error. */
export function removeState(fs: Fs, path: string): void {
  fs.remove(path);
  fs.syncDirectory(directoryOf(path));
}

/** Moves a file that is no state out of the way, and returns its new name. */
export function setAside(fs: Fs, path: string): string {
  // Named by content, so that the same garbage at every boot does not fill the directory.
  const aside = sibling(path, `corrupt-${fs.digest(path).slice(0, 12)}`);
  fs.rename(path, aside);
  fs.syncDirectory(directoryOf(path));
  return aside;
}

/** True when something stands at the path and can be looked at. */
export function exists(fs: Fs, path: string): boolean {
  try {
    fs.info(path);
    return true;
  } catch {
    return false;
  }
}

/** True when the system says that nothing stands at the path. */
export function isMissing(fs: Fs, path: string): boolean {
  try {
    fs.info(path);
    return false;
  } catch (error) {
    return error instanceof FsError && error.code === "notFound";
  }
}

/** The path with its links followed as far as they lead somewhere. */
export function resolveOrSelf(fs: Fs, path: string): string {
  try {
    return fs.resolve(path);
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    const parent = directoryOf(path);
    // A directory that vanished, behind a link perhaps: that is where a restore puts it again.
    return error.code === "notFound" && parent !== path ? join(resolveOrSelf(fs, parent), nameOf(path)) : path;
  }
}
