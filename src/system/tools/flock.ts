/** `flock` on Node, which has no foreign functions: by the tool of that name. @module */
import type { Sharing } from "../../core/ports.ts";
import process from "../process/process.ts";

/** Tries once to lock an open file, without waiting. `unavailable`: it cannot be locked here. */
export type TryLock = (fd: number, how?: Sharing) => "held" | "busy" | "unavailable";

/**
 * Has `flock` lock our descriptor. The lock is one of the open file, which the tool shares with us: it stays when the
 * tool has ended, and goes when we close the file or end.
 */
export const tryLockByTool: TryLock = (fd, how = "exclusive") => {
  const stdio = ["ignore", "ignore", "ignore", fd] as const;
  const { status } = process.getBuiltinModule("node:child_process").spawnSync("flock", [
    how === "exclusive" ? "-x" : "-s",
    "-n",
    "3",
  ], {
    stdio: [...stdio],
  });
  return status === 0 ? "held" : status === 1 ? "busy" : "unavailable";
};
