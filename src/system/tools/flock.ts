/** The lock on Node, which has no foreign functions, by the command `flock`. @module */
import type { Sharing } from "../../core/ports.ts";
import process from "../process/process.ts";

/** Tries to lock an open file, without waiting. `unavailable`: locks do not work here. */
export type TryLock = (fd: number, how?: Sharing) => "held" | "busy" | "unavailable";

/**
 * Lets the command `flock` lock our descriptor. The lock belongs to the open file, which the command inherits: it
 * remains when the command has ended, and is released when this process closes the file or ends.
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
