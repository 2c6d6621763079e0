/**
 * Reading and writing the state files: reading never throws, and what was written survives a power cut.
 *
 * @module
 */
import { type TrustFault, trustFault } from "./trust.ts";
import { join } from "@std/path/join.js";
import { directoryOf, nameOf, sibling } from "./paths.ts";
import { type Fs, FsError } from "../fs_port.ts";
import { type Shape, ShapeError } from "./validators.ts";
import { shellWord } from "../shell_word.ts";
import { SCHEMA } from "./schemas.ts";

/** A larger file, in bytes, was not written by this program. */
export const SIZE_LIMIT = 1 << 20;

/** Deeper JSON was not written by this program, and could not be written again. */
const DEPTH_LIMIT = 100;

/** The result of reading a state file. */
export type StateRead<T> =
  | { readonly kind: "absent" }
  | { readonly kind: "value"; readonly value: T }
  /** The content is not a state: the file may be renamed. */
  | { readonly kind: "corrupt"; readonly why: string }
  /**
   * A newer program wrote it, it cannot be read, or it must not be trusted: the file must not be changed. `isDenied`:
   * this user may not read it.
   */
  | ({ readonly kind: "untouchable"; readonly isDenied?: boolean } & TrustFault);

/** Reads a state file; never throws. */
export function readState<T>(fs: Fs, path: string, shape: Shape<T>): StateRead<T> {
  let bytes: Uint8Array;
  try {
    const distrust = faultOf(fs, path);
    if (distrust !== undefined) return { kind: "untouchable", ...distrust };
    bytes = fs.read(path, SIZE_LIMIT + 1);
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return { kind: "absent" };
    const isDenied = error instanceof FsError && error.code === "denied";
    const advice = isDenied ? "read it as the service's user, or give it to that user" : "inspect it as root";
    return { kind: "untouchable", why: (error as Error).message, advice, isDenied };
  }
  if (bytes.length === 0) return { kind: "corrupt", why: "it is empty" };
  if (bytes.length > SIZE_LIMIT) return { kind: "corrupt", why: "it is larger than 1 MiB" };
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { kind: "corrupt", why: "it is UTF-16, not UTF-8" };
  }
  if (bytes[0] === 0 && bytes.every((byte) => byte === 0)) {
    return { kind: "corrupt", why: "it contains only NUL bytes" };
  }
  const text = new TextDecoder().decode(bytes); // the decoder drops a UTF-8 byte order mark
  if (isDeep(text)) return { kind: "corrupt", why: `it is nested more than ${DEPTH_LIMIT} levels deep` };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: "corrupt", why: "it is not JSON" };
  }
  const newer = (json as { schema?: unknown } | null)?.schema;
  if (typeof newer === "number" && newer > SCHEMA) {
    return {
      kind: "untouchable",
      why: `it has schema ${newer}, and this program supports only ${SCHEMA}`,
      advice: `use the program that wrote it, or remove it: rm ${shellWord(path)}`,
    };
  }
  try {
    return { kind: "value", value: shape(json, "") };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    return { kind: "corrupt", why: `its ${error.message}` };
  }
}

/** Counts opening brackets that were not closed; those in texts are counted, too, which does no harm. */
function isDeep(text: string): boolean {
  // Nearly all files have fewer brackets than may be nested, and this counts them quickly.
  if (text.split("[").length + text.split("{").length - 2 <= DEPTH_LIMIT) return false;
  let depth = 0;
  for (const char of text) {
    if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth--;
    if (depth > DEPTH_LIMIT) return true;
  }
  return false;
}

/** The names in a folder; none when there is no folder, or it cannot be read. */
export function namesIn(fs: Fs, folder: string): string[] {
  if (isMissing(fs, folder)) return [];
  try {
    return fs.list(folder);
  } catch (error) {
    if (error instanceof FsError) return [];
    throw error;
  }
}

/** False when a state file certainly does not contain a text; true if only {@link readState} can tell. Never throws. */
export function mayContain(fs: Fs, path: string, text: string): boolean {
  try {
    // Reading a named pipe would block. readState reports it.
    return fs.info(path).kind !== "file" || new TextDecoder().decode(fs.read(path, SIZE_LIMIT)).includes(text);
  } catch (error) {
    return !(error instanceof FsError && error.code === "notFound");
  }
}

/** Why the file is not used, as far as that can be told without reading it. */
function faultOf(fs: Fs, path: string): TrustFault | undefined {
  const info = fs.info(path);
  const remove = `inspect it and remove it: rm ${shellWord(path)}`;
  if (info.kind !== "file") return { why: "it is not a regular file", advice: remove };
  if (info.link) return { why: "it is a symbolic link", advice: remove };
  return trustFault(info, path, "600");
}

/** Renames a corrupt state file to `<file>.corrupt-<digest>`; returns the new path. */
export function setAside(fs: Fs, path: string): string {
  // The name contains the digest: the same corrupt file at every boot does not fill the directory.
  const renamed = sibling(path, `corrupt-${fs.digest(path).slice(0, 12)}`);
  fs.rename(path, renamed);
  fs.syncDirectory(directoryOf(path));
  return renamed;
}

/** True when a file or directory exists at the path and can be inspected. */
export function exists(fs: Fs, path: string): boolean {
  try {
    fs.info(path);
    return true;
  } catch {
    return false;
  }
}

/** True when certainly nothing exists at the path. False also if that cannot be found out (permission denied). */
export function isMissing(fs: Fs, path: string): boolean {
  try {
    fs.info(path);
    return false;
  } catch (error) {
    return error instanceof FsError && error.code === "notFound";
  }
}

/** The path with its links resolved, as far as their targets exist. */
export function resolveOrSelf(fs: Fs, path: string): string {
  try {
    return fs.resolve(path);
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    const parent = directoryOf(path);
    // The directory does not exist, maybe the target of a link. A restore creates it again at the resolved path.
    return error.code === "notFound" && parent !== path ? join(resolveOrSelf(fs, parent), nameOf(path)) : path;
  }
}
