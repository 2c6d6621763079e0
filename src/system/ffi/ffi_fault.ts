/** Checks whether foreign functions can be called. @module */
import process from "../process/process.ts";
import { openLibrary } from "./ffi.ts";
import { openLibc } from "./libc.ts";

/** Why foreign functions cannot be called; `undefined` when they can. */
export function ffiFault(): string | undefined {
  try {
    if (process.platform === "win32") openLibrary("kernel32.dll", { GetCurrentProcessId: [[], "u32"] });
    else openLibc("getpid");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
