/** Reaps orphans, the child processes that the first process of a container inherits. @module */
import { readdirSync } from "node:fs";
import process from "../process/process.ts";
import { type Libc, openLibc } from "../ffi/libc.ts";
import { WNOHANG } from "./abi.ts";
import { processFacts } from "./proc.ts";

/** The runtime reaps its own children at once. A zombie that is older than this is an orphan. */
const OWN_CHILD_MS = 50;

/**
 * If this process has the id 1, reaps orphans that have ended. Otherwise they would stay as zombies and fill the
 * process table.
 *
 * @returns A function that stops this.
 */
export function reapOrphans(): () => void {
  if (process.pid !== 1) return () => {};
  let libc: Libc<"waitpid">;
  try {
    libc = openLibc("waitpid");
  } catch {
    return () => {}; // without foreign functions the zombies stay
  }
  let before: ReadonlySet<number> = new Set();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const reap = () => {
    timer = undefined;
    const zombies = zombieChildren();
    for (const pid of zombies) if (before.has(pid)) libc.call.waitpid(pid, null, WNOHANG);
    before = new Set(zombies.filter((pid) => !before.has(pid)));
    if (before.size > 0) timer = setTimeout(reap, OWN_CHILD_MS);
  };
  const onChildEnd = () => timer ??= setTimeout(reap, 0);
  process.on("SIGCHLD", onChildEnd);
  onChildEnd();
  return () => {
    process.off("SIGCHLD", onChildEnd);
    clearTimeout(timer);
  };
}

/** The zombies among the children of this process; none if `/proc` cannot be listed. */
function zombieChildren(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter((pid) => {
      const facts = Number.isNaN(pid) ? undefined : processFacts(pid);
      return facts?.zombie === true && facts.parent === process.pid;
    });
  } catch {
    return [];
  }
}
