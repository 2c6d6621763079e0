/** The command by which this program starts itself again. @module */
import process from "./process.ts";
import { isDeno } from "./runtime.ts";

/** The command that starts this program again. */
export function selfCommand(): [string, ...string[]] {
  const script = process.argv[1] ?? "";
  const compiled = script.startsWith("/$bunfs/") || /^B:[\\/]~BUN/i.test(script) || isCompiledDeno();
  if (compiled) return [process.execPath];
  return isDeno ? [process.execPath, "run", "-A", script] : [process.execPath, script];
}

function isCompiledDeno(): boolean {
  return (globalThis as { Deno?: { build: { standalone?: boolean } } }).Deno?.build.standalone === true;
}
