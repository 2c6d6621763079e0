/** Does our drop-in still say what the unit's own files say? Pure. @module */
import { shellWord } from "../../core/shell_word.ts";
import { MARK } from "../install/systemd/unit_text.ts";
import { nameOf } from "../../core/state/paths.ts";
import { bad, type Finding, good } from "./check.ts";
import type { LiveUnit } from "./live_unit.ts";

/** The commands that a drop-in takes over from the unit, since ours have to come first. */
const TAKEN_OVER = ["ExecStartPre", "ExecStartPost", "ExecStopPost"] as const;

interface UnitFileText {
  readonly path: string;
  readonly lines: readonly string[];
  readonly isOurs: boolean;
}

/** What the drop-in repeats is what the unit's other files say now. Nothing to say of a unit without a drop-in. */
export function dropInCheck(unit: LiveUnit): Finding[] {
  const files = filesOf(unit.files);
  const ours = files.find(({ isOurs, path }) => isOurs && path.includes(".d/"));
  if (ours === undefined) return [];
  const stale = TAKEN_OVER.flatMap((kind) => {
    const repeated = ours.lines.flatMap((line) => valueOf(line, kind)).filter((value) => !isGate(value));
    // Without an empty line the unit's own lines stand, and nothing is repeated.
    if (!repeated.includes("")) return [];
    // Files behind ours are heeded as they are.
    const own = effective(files.slice(0, files.indexOf(ours)), kind);
    const kept = repeated.filter((value) => value !== "");
    return own.join("\n") === kept.join("\n") ? [] : [kind];
  });
  if (stale.length === 0) return [good("drop-in", `${ours.path} has the unit's own commands as they are now`)];
  const text = `${ours.path} repeats ${stale.join("= and ")}= of ${unit.name} as it once was: the unit has been ` +
    "changed since, and starts without that change";
  return [bad("drop-in", "drop-in-stale", text, `boot-sentinel service install --drop-in ${shellWord(unit.name)}`)];
}

/** The files of the output of `systemctl cat`; lines that end with a backslash are joined with the next. */
function filesOf(text: string): UnitFileText[] {
  const files: { path: string; lines: string[]; isOurs: boolean }[] = [];
  for (const line of text.replace(/\\\n/g, " ").split("\n")) {
    const path = /^# (\/.*)$/.exec(line)?.[1];
    if (path !== undefined) files.push({ path, lines: [], isOurs: false });
    const file = files.at(-1);
    file?.lines.push(line);
    if (line === MARK && file !== undefined) file.isOurs = true;
  }
  return files;
}

/** The values of a setting after all files. An empty one removes those before it. */
function effective(files: readonly UnitFileText[], kind: string): string[] {
  const values: string[] = [];
  for (const value of files.flatMap(({ lines }) => lines.flatMap((line) => valueOf(line, kind)))) {
    if (value === "") values.length = 0;
    else values.push(value);
  }
  return values;
}

function valueOf(line: string, kind: string): string[] {
  const match = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line);
  return match?.[1] === kind ? [(match[2] ?? "").replace(/\s+/g, " ")] : [];
}

function isGate(value: string): boolean {
  const words = value.replace(/^[-@:+!]+/, "").replace(/"/g, "").split(" ");
  const at = words.findIndex((word) => /^boot-sentinel\b/.test(nameOf(word)));
  return at >= 0 && ["check", "watch", "stopped"].includes(words[at + 1] ?? "");
}
