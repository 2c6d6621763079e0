/** The console: who gets Ctrl+C and Ctrl+Break, and who ignores them. @module */
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

/** Standard input, output and error, as Windows numbers them: -10, -11, -12. */
const STANDARD = [0xffff_fff6, 0xffff_fff5, 0xffff_fff4] as const;
const CTRL_C_EVENT = 0;
const CTRL_BREAK_EVENT = 1;

/** What a console tells its programs. */
export type ConsoleEvent = "ctrlC" | "ctrlBreak" | "close";

/**
 * Makes sure that this process has a console: without one it can send nobody a Ctrl+Break. A service starts without.
 * False when there is none and none can be made.
 */
export function ensureConsole(): boolean {
  if (kernel().GetConsoleCP() !== 0) return true;
  const before = STANDARD.map((which) => kernel().GetStdHandle(which));
  // Wine gives a process without a terminal an empty console, in whose place no other can be made.
  kernel().FreeConsole();
  const made = kernel().AllocConsole() !== 0;
  // A new console puts itself in the place of files and pipes that the process was given.
  STANDARD.forEach((which, index) => {
    const handle = before[index] ?? 0n;
    if (handle !== 0n && !isInvalid(handle)) kernel().SetStdHandle(which, handle);
  });
  return made;
}

/**
 * From now on no console event ends this process: not Ctrl+C or Ctrl+Break, and neither the logoff and shutdown events
 * that reach services. Meant for services, whose stop comes from the service manager.
 */
export function ignoreConsoleEvents(): void {
  // A handler that answers "handled" to all events must be native code: a callback into JavaScript cannot answer in
  // time on Bun. GetCurrentProcessId ignores the argument that it is given and never returns 0, which is all it takes.
  const handler = functionAddress("kernel32.dll", "GetCurrentProcessId");
  if (kernel().SetConsoleCtrlHandler(handler, 1) === 0) {
    throw new Win32Error("ignore the console's events", lastError(), "a Ctrl+C would end this process");
  }
}

/**
 * Sends Ctrl+Break to a process that leads its own group, and to the group. Where the system cannot (wine), it sends
 * Ctrl+C, which reaches those of the group that have not left it switched off.
 *
 * @returns What was sent; `undefined` when the system refused both.
 */
export function sendBreak(processId: number): ConsoleEvent | undefined {
  if (kernel().GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, processId) !== 0) return "ctrlBreak";
  return kernel().GenerateConsoleCtrlEvent(CTRL_C_EVENT, processId) !== 0 ? "ctrlC" : undefined;
}

/**
 * Calls `listener` for Ctrl+C, Ctrl+Break and the closing of the console window, none of which end the process any
 * more. After "close" Windows ends it in about five seconds all the same.
 *
 * @returns Puts the system's way back.
 */
export function onConsoleEvent(listener: (event: ConsoleEvent) => void): () => void {
  // The names under which both runtimes report the three events.
  const signals = [["SIGINT", "ctrlC"], ["SIGBREAK", "ctrlBreak"], ["SIGHUP", "close"]] as const;
  const removers = signals.map(([signal, event]) => {
    const heard = () => listener(event);
    process.on(signal, heard);
    return () => process.off(signal, heard);
  });
  return () => removers.forEach((remove) => remove());
}

/** Where a function of a system library is. */
export function functionAddress(library: string, name: string): bigint {
  const ascii = (text: string) => new TextEncoder().encode(`${text}\0`);
  const address = kernel().GetProcAddress(kernel().LoadLibraryA(ascii(library)), ascii(name));
  if (address === 0n) throw new Win32Error(`find ${name} in ${library}`, lastError());
  return address;
}
