/** Asks processes to end by closing their windows. @module */
import { systemLibrary } from "./win32.ts";

// user32 is opened only for a stop: a process that has loaded it no longer gets the console's logoff and shutdown
// events.
const user = systemLibrary("user32.dll", {
  FindWindowExW: [["u64", "u64", "u64", "u64"], "u64"],
  GetWindowThreadProcessId: [["u64", "ptr"], "u32"],
  PostMessageW: [["u64", "u32", "u64", "i64"], "i32"],
});

const WM_CLOSE = 0x10;
/** The enumeration can start again when windows change their order, so the number of steps is bounded. */
const MOST_WINDOWS = 10_000;

/**
 * Posts WM_CLOSE to every top-level window of these processes.
 *
 * @returns The number of windows that got the message.
 */
export function closeWindowsOf(processIds: ReadonlySet<number>): number {
  const owner = new Uint32Array(1);
  let posted = 0;
  let window = 0n;
  // Not EnumWindows: its callback has to return a value, which Bun's callbacks cannot do.
  for (let count = 0; count < MOST_WINDOWS; count++) {
    window = user().FindWindowExW(0n, window, 0n, 0n);
    if (window === 0n) break;
    user().GetWindowThreadProcessId(window, owner);
    if (processIds.has(owner[0] ?? 0) && user().PostMessageW(window, WM_CLOSE, 0n, 0n) !== 0) posted++;
  }
  return posted;
}
