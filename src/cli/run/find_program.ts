/** Finds the program that an argument names. @module */
import { join } from "@std/path/join.js";
import { resolve } from "@std/path/resolve.js";
import { absolutePath } from "../../core/state/paths.ts";
import type { EarlyContext } from "../command.ts";

/** The path of a program. */
export interface FoundProgram {
  readonly absolute: string;
  /** True when the argument was a name without a folder, which is searched in `PATH`. */
  readonly found: boolean;
}

/** Finds the program that an argument names, as a shell does: a name without a folder is searched in `PATH`. */
export function findProgram(name: string, context: EarlyContext): FoundProgram {
  const { io, ports } = context;
  const windows = ports.host.os === "windows";
  if ((windows ? /[/\\]|^[a-z]:/i : /[/\\]/).test(name)) {
    const absolute = absolutePath(io.cwd, name);
    return { absolute: windows ? firstFile(namesOf(absolute), context) ?? absolute : absolute, found: false };
  }
  // On Windows a folder in PATH may be in quotes.
  const path = windows
    ? (io.env.get("PATH") ?? io.env.get("Path") ?? "").replaceAll('"', "")
    : io.env.get("PATH") ?? "";
  const names = windows ? namesOf(name) : [name];
  const candidates = path.split(windows ? ";" : ":").flatMap((dir) => names.map((name) => resolve(io.cwd, dir, name)));
  return { absolute: firstFile(candidates, context) ?? join(io.cwd, name), found: true };
}

/** The possible file names on Windows, where `.exe` may be omitted. */
function namesOf(name: string): string[] {
  return /\.\w+$/.test(name) ? [name, `${name}.exe`] : [`${name}.exe`, name];
}

function firstFile(paths: readonly string[], { ports }: EarlyContext): string | undefined {
  return paths.find((path) => {
    try {
      return ports.fs.executable(path);
    } catch {
      return false; // it does not exist
    }
  });
}
