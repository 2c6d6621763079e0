/**
 * SIGCHLD, which a parent can have set to be ignored: then the kernel reaps the child processes of this process, too, and
 * how they ended is lost.
 *
 * @module
 */
import { bootLibc, onLinux } from "../ffi/libc.ts";
import { SIG_IGN, SIGCHLD } from "./abi.ts";

/** The disposition that this process has inherited, if it was changed. */
let inherited: BigUint64Array<ArrayBuffer> | undefined;

/** Makes it possible to wait for child processes. Call it before the first one is started. */
export function waitableChildren(): void {
  onLinux(() => {
    const { call } = bootLibc();
    if (inherited !== undefined) return;
    const before = new BigUint64Array(32);
    call.sigaction(SIGCHLD, null, before);
    // The handler is the first field of struct sigaction on every architecture.
    if (before[0] !== BigInt(SIG_IGN)) return;
    call.sigaction(SIGCHLD, new BigUint64Array(32), null);
    inherited = before;
  });
}

/** Gives the disposition back, for a program that replaces this process. True when it was changed. */
export function restoreChildSignal(): boolean {
  const before = inherited;
  if (before === undefined) return false;
  onLinux(() => bootLibc().call.sigaction(SIGCHLD, before, null));
  inherited = undefined;
  return true;
}
