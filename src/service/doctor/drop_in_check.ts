/** Does our drop-in still say what the unit's own files say? Pure. @module */
import { shellWord } from "../../core/shell_word.ts";
import { MARK } from "../install/systemd/unit_text.ts";
import { assigned, TAKEN_OVER, unitFiles, valuesOf, wordsOf } from "../install/systemd/unit_file.ts";
import { nameOf } from "../../core/state/paths.ts";
import { bad, type Finding, good } from "./check.ts";
import type { LiveUnit } from "./live_unit.ts";

/** What the drop-in repeats is what the unit's other files say now. Nothing to say of a unit without a drop-in. */
export function dropInCheck(unit: LiveUnit): Finding[] {
  const files = unitFiles(unit.files);
  const ours = files.find(({ lines, path }) => lines.includes(MARK) && path.includes(".d/"));
  if (ours === undefined) return [];
  // Files behind ours are heeded as they are.
  const before = files.slice(0, files.indexOf(ours));
  const stale = TAKEN_OVER.filter((kind) => {
    // Without an empty line the unit's own lines stand, and nothing is repeated.
    if (!assigned(ours, kind).includes("")) return false;
    const kept = valuesOf([ours], kind).filter((value) => !isGate(value));
    return oneSpaced(valuesOf(before, kind)) !== oneSpaced(kept);
  });
  if (stale.length === 0) return [good("drop-in", `${ours.path} has the unit's own commands as they are now`)];
  const text = `${ours.path} repeats ${stale.join("= and ")}= of ${unit.name} as it once was: the unit has been ` +
    "changed since, and starts without that change";
  return [bad("drop-in", "drop-in-stale", text, `boot-sentinel service install --drop-in ${shellWord(unit.name)}`)];
}

/** Lines that were joined have other blanks. */
function oneSpaced(values: readonly string[]): string {
  return values.map((value) => value.replace(/\s+/g, " ")).join("\n");
}

function isGate(value: string): boolean {
  const words = wordsOf(value);
  const at = words.findIndex((word) => /^boot-sentinel\b/.test(nameOf(word)));
  return at >= 0 && ["check", "watch", "stopped"].includes(words[at + 1] ?? "");
}
