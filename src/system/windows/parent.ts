/** Finds the program that started this one. @module */
import process from "../process/process.ts";
import { closeHandle, fromWide, isInvalid, Struct, systemLibrary } from "./win32.ts";

const kernel = systemLibrary("kernel32.dll", {
  CreateToolhelp32Snapshot: [["u32", "u32"], "u64"],
  Process32FirstW: [["u64", "ptr"], "i32"],
  Process32NextW: [["u64", "ptr"], "i32"],
});

const SNAP_PROCESSES = 2;
/** struct PROCESSENTRY32W: th32ProcessID at offset 8, th32ParentProcessID at 32, szExeFile at 44. */
const ENTRY_SIZE = 568;

/**
 * The file name of the program that started this process. Do not use it to act on that process: the parent may have
 * ended, and Windows reuses process ids.
 *
 * @returns `undefined` when it has ended or cannot be found.
 */
export function parentName(): string | undefined {
  const names = new Map<number, string>();
  let parent = -1;
  // By a snapshot, since services.exe is a protected process that cannot be opened.
  const snapshot = kernel().CreateToolhelp32Snapshot(SNAP_PROCESSES, 0);
  if (isInvalid(snapshot)) return undefined;
  const entry = new Struct(ENTRY_SIZE).setU32(0, ENTRY_SIZE);
  for (
    let more = kernel().Process32FirstW(snapshot, entry.bytes);
    more !== 0;
    more = kernel().Process32NextW(snapshot, entry.bytes)
  ) {
    names.set(entry.u32(8), fromWide(new Uint16Array(entry.bytes.buffer, 44, 260)));
    if (entry.u32(8) === process.pid) parent = entry.u32(32);
  }
  closeHandle(snapshot);
  return names.get(parent);
}
