/** The children that this process inherits when it is the first one of a container. @module */
import { readdirSync } from "node:fs";
import process from "../process/process.ts";
import { type Libc, openLibc } from "../ffi/libc.ts";
import { WNOHANG } from "./abi.ts";
import { processFacts } from "./proc.ts";

/** The runtime asks after its own children at once: who is still dead after this time is an orphan. */
const OWN_CHILD_MS = 50;

/**
 * Buries orphans when they die: nobody else would, and the table of processes would fill up.
 *
 * @returns How to stop that.
 */
export function reapOrphans(): () => void {
  if (process.pid !== 1) return () => {};
  let libc: Libc<"waitpid">;
  try {
    libc = openLibc("waitpid");
  } catch {
    return () => {}; // foreign functions are not permitted: the orphans stay
  }
  let before: ReadonlySet<number> = new Set();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    timer = undefined;
    const dead = deadChildren();
    for (const pid of dead) if (before.has(pid)) libc.call.waitpid(pid, null, WNOHANG);
    before = new Set(dead.filter((pid) => !before.has(pid)));
    if (before.size > 0) timer = setTimeout(look, OWN_CHILD_MS);
  };
  const onDeath = () => timer ??= setTimeout(look, 0);
  process.on("SIGCHLD", onDeath);
  onDeath();
  return () => {
    process.off("SIGCHLD", onDeath);
    clearTimeout(timer);
  };
}

/** None when `/proc` cannot be listed. */
function deadChildren(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter((pid) => {
      const facts = Number.isNaN(pid) ? undefined : processFacts(pid);
      return facts?.zombie === true && facts.parent === process.pid;
    });
  } catch {
    return [];
  }
}
