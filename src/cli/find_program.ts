/** The program that a word names. @module */
import { join } from "@std/path/join.js";
import { resolve } from "@std/path/resolve.js";
import type { Context } from "./command.ts";

/** A program, found. */
export interface FoundProgram {
  readonly absolute: string;
  /** True when the word was a bare name and the program was found by `PATH`. */
  readonly found: boolean;
}

/** Finds the program that a word names, as a shell would: a bare name by `PATH`, anything else by itself. */
export function findProgram(word: string, { io, ports }: Context): FoundProgram {
  if (/[/\\]/.test(word)) return { absolute: resolve(io.cwd, word), found: false };
  const separator = ports.host.os === "windows" ? ";" : ":";
  for (const dir of (io.env["PATH"] ?? "").split(separator)) {
    const candidate = resolve(io.cwd, dir, word);
    try {
      if (ports.fs.executable(candidate)) return { absolute: candidate, found: true };
    } catch { /* not there: the next directory */ }
  }
  return { absolute: join(io.cwd, word), found: true };
}
