/** The console: sends, receives and ignores Ctrl+C and Ctrl+Break. @module */
import process from "../process/process.ts";
import { isInvalid, lastError, systemLibrary, Win32Error } from "./win32.ts";

const kernel = systemLibrary("kernel32.dll", {
  AllocConsole: [[], "i32"],
  GetConsoleCP: [[], "u32"],
  GetStdHandle: [["u32"], "u64"],
  SetStdHandle: [["u32", "u64"], "i32"],
  FreeConsole: [[], "i32"],
  GenerateConsoleCtrlEvent: [["u32", "u32"], "i32"],
  GetProcAddress: [["u64", "ptr"], "u64"],
  LoadLibraryA: [["ptr"], "u64"],
  SetConsoleCtrlHandler: [["u64", "i32"], "i32"],
});

/** STD_INPUT_HANDLE (-10), STD_OUTPUT_HANDLE (-11) and STD_ERROR_HANDLE (-12). */
const STANDARD = [0xffff_fff6, 0xffff_fff5, 0xffff_fff4] as const;
const CTRL_C_EVENT = 0;
const CTRL_BREAK_EVENT = 1;

/** An event of the console. */
export type ConsoleEvent = "ctrlC" | "ctrlBreak" | "close";

/**
 * Makes sure that this process has a console: without one it cannot send Ctrl+Break. A service starts without a
 * console. False when there is none and none can be created.
 */
export function ensureConsole(): boolean {
  if (kernel().GetConsoleCP() !== 0) return true;
  const before = STANDARD.map((which) => kernel().GetStdHandle(which));
  // Under wine a process without a terminal has an empty console, which must be freed before a new one can be created.
  kernel().FreeConsole();
  const created = kernel().AllocConsole() !== 0;
  // AllocConsole replaces the standard handles by the console, also those that were files or pipes.
  STANDARD.forEach((which, index) => {
    const handle = before[index] ?? 0n;
    if (handle !== 0n && !isInvalid(handle)) kernel().SetStdHandle(which, handle);
  });
  return created;
}

/**
 * Ignores all console events from now on: Ctrl+C, Ctrl+Break, and the logoff and shutdown events that services get. A
 * service is stopped by the service control manager instead.
 */
export function ignoreConsoleEvents(): void {
  // The handler has to return TRUE ("handled"). It must be native code, since Bun's callbacks cannot return a value to
  // another thread. GetCurrentProcessId takes no argument and never returns 0, so it can be used as the handler.
  const handler = functionAddress("kernel32.dll", "GetCurrentProcessId");
  if (kernel().SetConsoleCtrlHandler(handler, 1) === 0) {
    throw new Win32Error("ignore the console's events", lastError(), "a Ctrl+C ends this process");
  }
}

/**
 * Sends Ctrl+Break to a process group, by the id of its leader. Where this is not supported (wine), it sends Ctrl+C,
 * which reaches the processes of the group that have not disabled it.
 *
 * @returns The event that was sent; `undefined` when both failed.
 */
export function sendBreak(processId: number): ConsoleEvent | undefined {
  if (kernel().GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, processId) !== 0) return "ctrlBreak";
  return kernel().GenerateConsoleCtrlEvent(CTRL_C_EVENT, processId) !== 0 ? "ctrlC" : undefined;
}

/**
 * Calls `listener` for Ctrl+C, Ctrl+Break and when the console window is closed. They no longer end the process; but
 * after "close" Windows ends it within about five seconds.
 *
 * @returns A function that removes the listeners.
 */
export function onConsoleEvent(listener: (event: ConsoleEvent) => void): () => void {
  // The signal names by which both runtimes report the three events.
  const signals = [["SIGINT", "ctrlC"], ["SIGBREAK", "ctrlBreak"], ["SIGHUP", "close"]] as const;
  const removers = signals.map(([signal, event]) => {
    const handler = () => listener(event);
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => removers.forEach((remove) => remove());
}

/** The address of a function in a system library. */
export function functionAddress(library: string, name: string): bigint {
  const ascii = (text: string) => new TextEncoder().encode(`${text}\0`);
  const address = kernel().GetProcAddress(kernel().LoadLibraryA(ascii(library)), ascii(name));
  if (address === 0n) throw new Win32Error(`find ${name} in ${library}`, lastError());
  return address;
}
