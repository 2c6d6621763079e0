/** Closes the windows of processes, as their user would. @module */
import { systemLibrary } from "./win32.ts";

// user32 is opened only when a stop needs it: a process that has it loaded gets no console logoff and shutdown events.
const user = systemLibrary("user32.dll", {
  FindWindowExW: [["u64", "u64", "u64", "u64"], "u64"],
  GetWindowThreadProcessId: [["u64", "ptr"], "u32"],
  PostMessageW: [["u64", "u32", "u64", "i64"], "i32"],
});

const WM_CLOSE = 0x10;
/** The walk starts anew whenever windows change their order, so it needs an end of its own. */
const MOST_WINDOWS = 10_000;

/**
 * Posts WM_CLOSE to every top-level window of these processes.
 *
 * @returns How many windows were asked.
 */
export function closeWindowsOf(processIds: ReadonlySet<number>): number {
  const owner = new Uint32Array(1);
  let asked = 0;
  let window = 0n;
  // Not EnumWindows: it wants an answer from its callback, which Bun's callbacks cannot give to another thread.
  for (let count = 0; count < MOST_WINDOWS; count++) {
    window = user().FindWindowExW(0n, window, 0n, 0n);
    if (window === 0n) break;
    user().GetWindowThreadProcessId(window, owner);
    if (processIds.has(owner[0] ?? 0) && user().PostMessageW(window, WM_CLOSE, 0n, 0n) !== 0) asked++;
  }
  return asked;
}
