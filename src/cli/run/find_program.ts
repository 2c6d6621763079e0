/** The program that a word names. @module */
import { join } from "@std/path/join.js";
import { resolve } from "@std/path/resolve.js";
import { absolutePath } from "../../core/state/paths.ts";
import type { EarlyContext } from "../command.ts";

/** A program, found. */
export interface FoundProgram {
  readonly absolute: string;
  /** True when the word was a bare name and the program was found by `PATH`. */
  readonly found: boolean;
}

/** Finds the program that a word names, as a shell would: a bare name by `PATH`, anything else by itself. */
export function findProgram(word: string, context: EarlyContext): FoundProgram {
  const { io, ports } = context;
  const windows = ports.host.os === "windows";
  if ((windows ? /[/\\]|^[a-z]:/i : /[/\\]/).test(word)) {
    const absolute = absolutePath(io.cwd, word);
    return { absolute: windows ? firstFile(namesOf(absolute), context) ?? absolute : absolute, found: false };
  }
  // A folder on Windows' PATH may stand in quotes.
  const path = windows
    ? (io.env.get("PATH") ?? io.env.get("Path") ?? "").replaceAll('"', "")
    : io.env.get("PATH") ?? "";
  const names = windows ? namesOf(word) : [word];
  const candidates = path.split(windows ? ";" : ":").flatMap((dir) => names.map((name) => resolve(io.cwd, dir, name)));
  return { absolute: firstFile(candidates, context) ?? join(io.cwd, word), found: true };
}

/** On Windows `.exe` may be left out. */
function namesOf(name: string): string[] {
  return /\.\w+$/.test(name) ? [name, `${name}.exe`] : [`${name}.exe`, name];
}

function firstFile(paths: readonly string[], { ports }: EarlyContext): string | undefined {
  return paths.find((path) => {
    try {
      return ports.fs.executable(path);
    } catch {
      return false; // not there: the next one
    }
  });
}
