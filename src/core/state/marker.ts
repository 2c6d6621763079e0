/**
 * The marker beside a program whose state lies elsewhere: it names the data directory, so that every command finds the
 * one state of the program. Two states about one program would undo each other's work.
 *
 * @module
 */
import type { Fs } from "../fs_port.ts";
import { directoryOf, sibling } from "./paths.ts";
import { replaceFile } from "./replace_file.ts";
import { readState, resolveOrSelf } from "./state_files.ts";
import { object, type Shape, text } from "./validators.ts";

/** The content of a marker. */
interface Marker {
  readonly dataDir: string;
}

const markerShape: Shape<Marker> = object<Marker>({ dataDir: text });

/** The path of a program's marker. `exe`: links followed. */
export function markerPath(exe: string): string {
  return sibling(exe, "boot-sentinel");
}

/** The data directory that a program's marker names; `undefined` without a marker that can be believed. */
export function markedDataDir(fs: Fs, exe: string): string | undefined {
  const read = readState(fs, markerPath(exe), markerShape);
  return read.kind === "value" ? read.value.dataDir : undefined;
}

/** Marks a program whose state is not beside it. Throws {@link FsError}. */
export function mark(fs: Fs, exe: string, dataDir: string): void {
  if (isSameDirectory(fs, dataDir, directoryOf(exe)) || markedDataDir(fs, exe) === dataDir) return;
  replaceFile(fs, markerPath(exe), `${JSON.stringify({ dataDir })}\n`, 0o644);
}

/** Whether two paths lead to one directory. */
export function isSameDirectory(fs: Fs, one: string, other: string): boolean {
  return one === other || resolveOrSelf(fs, one) === resolveOrSelf(fs, other);
}
