/** Who this process runs as. @module */
import process from "node:process";
import { os } from "./builtin.ts";

/** A user of this machine. */
export interface User {
  /** As people write it; the number of one without a name. */
  readonly name: string;
  /** `undefined` on Windows. */
  readonly uid: number | undefined;
}

/** The user of this process. */
export function thisUser(): User {
  const uid = process.geteuid?.();
  try {
    const { username, uid: known } = os().userInfo();
    if (uid === undefined || known === uid) return { name: username, uid };
  } catch { /* one without a name */ }
  return { name: uid === undefined ? "this user" : String(uid), uid };
}
