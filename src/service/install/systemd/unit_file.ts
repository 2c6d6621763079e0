/** Reads the lines of an existing unit from the output of `systemctl cat`, with its quoting. Pure. @module */

import { nameOf } from "../../../core/state/paths.ts";

/** The settings whose lines a drop-in repeats behind its own. */
export const LISTS = ["ExecStart", "ExecStartPre", "ExecStartPost", "ExecStopPost"] as const;

/** One of them. */
export type ListName = typeof LISTS[number];

/** The values of each list. */
export type UnitLists = Readonly<Record<ListName, readonly string[]>>;

/**
 * Reads the output of `systemctl cat UNIT`: what a drop-in finds before it. The lines of drop-ins that come after it are
 * theirs to add.
 *
 * @param dropIn The path of the drop-in, ours; its own lines are left out. Without it all lines are read.
 */
export function readUnitFile(text: string, dropIn?: string): UnitLists {
  const lists: Record<ListName, string[]> = { ExecStart: [], ExecStartPre: [], ExecStartPost: [], ExecStopPost: [] };
  let skipping = false;
  for (const line of joined(text)) {
    const file = /^# (\/.*)$/.exec(line)?.[1];
    if (file !== undefined) skipping = dropIn !== undefined && /\.d\//.test(file) && nameOf(file) >= nameOf(dropIn);
    const setting = /^\s*(ExecStart|ExecStartPre|ExecStartPost|ExecStopPost)\s*=\s*(.*?)\s*$/.exec(line);
    if (skipping || setting === null) continue;
    const [, name, value = ""] = setting;
    // An empty value removes those before it.
    lists[name as ListName] = value === "" ? [] : [...lists[name as ListName], value];
  }
  return lists;
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
  let file = "";
  const found = new Set<string>();
  for (const line of joined(text)) {
    file = /^# (\/.*)$/.exec(line)?.[1] ?? file;
    const isLater = /\.d\//.test(file) && nameOf(file) > nameOf(dropIn);
    if (isLater && /^\s*Exec(StartPre|StartPost|StopPost)\s*=\s*$/.test(line)) found.add(file);
  }
  return [...found];
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
