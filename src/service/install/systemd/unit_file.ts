/** Reads the lines of an existing unit from the output of `systemctl cat`, with its quoting. Pure. @module */

import { nameOf } from "../../../core/state/paths.ts";

/** The settings whose lines a drop-in repeats behind its own. */
export const LISTS = ["ExecStart", "ExecStartPre", "ExecStartPost", "ExecStopPost"] as const;

/** Those of them in which the gate's line comes first. */
export const TAKEN_OVER = ["ExecStartPre", "ExecStartPost", "ExecStopPost"] as const;

/** One of the lists. */
export type ListName = typeof LISTS[number];

/** The values of each list. */
export type UnitLists = Readonly<Record<ListName, readonly string[]>>;

/** A file of a unit. */
export interface UnitFile {
  /** Its path; empty for lines that `systemctl cat` did not head with one. */
  readonly path: string;
  /** Its lines; those that end with a backslash are joined with the next. */
  readonly lines: readonly string[];
}

/** The files in the output of `systemctl cat UNIT`, in the order in which systemd heeds them. */
export function unitFiles(text: string): UnitFile[] {
  const files: { readonly path: string; readonly lines: string[] }[] = [{ path: "", lines: [] }];
  for (const line of joined(text)) {
    const path = /^# (\/.*)$/.exec(line)?.[1];
    if (path !== undefined) files.push({ path, lines: [] });
    files.at(-1)?.lines.push(line);
  }
  return files;
}

/** The values of a setting that stand after all files. An empty one removes those before it. */
export function valuesOf(files: readonly UnitFile[], name: string): string[] {
  const all = files.flatMap((file) => assigned(file, name));
  return all.slice(all.lastIndexOf("") + 1);
}

/** The values that a file gives to a setting, the empty ones, too. */
export function assigned({ lines }: UnitFile, name: string): string[] {
  return lines.flatMap((line) => {
    const [, setting, value = ""] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return setting === name ? [value] : [];
  });
}

/**
 * Reads the output of `systemctl cat UNIT`: what a drop-in finds before it. The lines of drop-ins that come after it are
 * theirs to add.
 *
 * @param dropIn The path of the drop-in, ours; its own lines are left out. Without it all lines are read.
 */
export function readUnitFile(text: string, dropIn?: string): UnitLists {
  const before = unitFiles(text).filter(({ path }) => dropIn === undefined || !isFrom(path, dropIn));
  return Object.fromEntries(LISTS.map((name) => [name, valuesOf(before, name)])) as Record<ListName, string[]>;
}

/** True for a drop-in that is this one or comes after it. */
function isFrom(path: string, dropIn: string): boolean {
  return /\.d\//.test(path) && nameOf(path) >= nameOf(dropIn);
}

/** The words of a command line of a unit, without the special characters before the program and without quotes. */
export function wordsOf(line: string): string[] {
  const command = line.replace(/^[-@:+!|]*\s*/, "");
  const words = command.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\S+/g) ?? [];
  const plain = words.map((word) => word.replace(/^(["'])(.*)\1$/s, "$2").replace(/\\(.)/g, "$1"));
  // With @ the second word is the program's argv[0].
  return /^[-:+!|]*@/.test(line) ? [...plain.slice(0, 1), ...plain.slice(2)] : plain;
}

/** The drop-ins after ours that empty a list, and so remove the gate's lines. */
export function laterResets(text: string, dropIn: string): string[] {
  const later = unitFiles(text).filter(({ path }) => isFrom(path, dropIn) && nameOf(path) !== nameOf(dropIn));
  const isReset = (file: UnitFile) => TAKEN_OVER.some((name) => assigned(file, name).includes(""));
  return later.filter(isReset).map(({ path }) => path);
}

/** Joins lines that end with a backslash with the next one. Comments in between are removed. */
function joined(text: string): string[] {
  const lines: string[] = [];
  let open = "";
  for (const line of text.split("\n")) {
    if (open !== "" && /^\s*[#;]/.test(line)) continue;
    if (line.endsWith("\\")) open += line.slice(0, -1) + " ";
    else {
      lines.push(open + line);
      open = "";
    }
  }
  return lines;
}
