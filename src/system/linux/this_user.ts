/** The user of this process. @module */
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import process from "../process/process.ts";

/** A user of this machine. */
export interface User {
  /** The name, or the id of a user without a name. */
  readonly name: string;
  /** `undefined` on Windows. */
  readonly uid: number | undefined;
}

/** The user of this process. */
export function thisUser(): User {
  const uid = process.geteuid?.();
  // Not by os.userInfo(): Bun takes the name from the environment, which can be wrong.
  return { name: uid === undefined ? userInfo().username : nameOf(uid) ?? String(uid), uid };
}

function nameOf(uid: number): string | undefined {
  try {
    const users = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
    return users.find(([, , id]) => id === String(uid))?.[0];
  } catch {
    return undefined;
  }
}
