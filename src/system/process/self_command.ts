/** The command by which this program starts itself again. @module */
import { calls } from "../fs/calls.ts";
import process from "./process.ts";
import { isDeno } from "./runtime.ts";

/** The program of this very process, whatever lies at its path. */
export const OWN_IMAGE = "/proc/self/exe";

/** The file that this program was started from is gone: it was replaced while it ran, as a mounted file can be. */
function isReplaced(): boolean {
  return process.platform === "linux" && calls().lstat(process.execPath) === undefined;
}

/** The command that starts this program again. */
export function selfCommand(): [string, ...string[]] {
  const script = process.argv[1] ?? "";
  const compiled = script.startsWith("/$bunfs/") || /^B:[\\/]~BUN/i.test(script) || isCompiledDeno();
  if (compiled) return [isReplaced() ? OWN_IMAGE : process.execPath];
  return isDeno ? [process.execPath, "run", "-A", script] : [process.execPath, script];
}

function isCompiledDeno(): boolean {
  return (globalThis as { Deno?: { build: { standalone?: boolean } } }).Deno?.build.standalone === true;
}
