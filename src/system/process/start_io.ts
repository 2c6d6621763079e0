/** Starting this program again beside the service: little, since every boot on probation does it. @module */
import process from "./process.ts";
import { startApart } from "../linux/spawn_detached.ts";
import { processFacts } from "../linux/process_facts.ts";

/** What `run` asks of the machine before it becomes the service. */
export interface StartIo {
  readonly pid: number;
  /** When this process began, in the kernel's words; it stays the same when the process becomes another program. */
  ownStart(): string | undefined;
  /**
   * Starts a program, this one again, as nobody's child; why that failed, or `undefined`.
   *
   * @param words What is to run.
   * @param goBetween What starts it where this takes a process in between.
   * @param options `ready`: come back only when it has called `sayReady`.
   */
  startApart(words: readonly string[], goBetween: readonly string[], options: { ready: boolean }): string | undefined;
}

/** The machine itself. */
export const machineStartIo: StartIo = {
  pid: process.pid,
  ownStart: () => processFacts("self")?.start,
  startApart: (words, goBetween, { ready }) =>
    startApart({
      command: words,
      goBetween,
      env: ownEnvironment(),
      ready,
    }),
};

/** Without what is meant for the service, if that is a program of one of the runtimes: it would change ours. */
function ownEnvironment(): Record<string, string | undefined> {
  const own: Record<string, string | undefined> = {};
  for (const name in process.env) if (!isForService(name)) own[name] = process.env[name];
  return own;
}

function isForService(name: string): boolean {
  return name.startsWith("BUN_") || name.startsWith("LISTEN_") || name === "NOTIFY_SOCKET" ||
    (name.startsWith("DENO_") && name !== "DENO_DIR");
}
