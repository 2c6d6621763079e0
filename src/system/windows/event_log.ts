/** Writes to the Windows event log. @module */
import type { LogLevel } from "../../core/ports.ts";
import { deleteRegistryKey, setRegistryValue } from "./registry.ts";
import { lastError, Struct, systemLibrary, wide, Win32Error } from "./win32.ts";

const api = systemLibrary("advapi32.dll", {
  RegisterEventSourceW: [["u64", "ptr"], "u64"],
  ReportEventW: [["u64", "u32", "u32", "u32", "u64", "u32", "u32", "ptr", "u64"], "i32"],
  DeregisterEventSource: [["u64"], "i32"],
});

const TYPES: Readonly<Record<LogLevel, number>> = { error: 1, warn: 2, info: 4, debug: 4 };
/**
 * EventCreate.exe, a part of Windows, has the message text "%1" for the ids 1 to 1000, so no message file is needed.
 */
const MESSAGE_FILE = "%SystemRoot%\\System32\\EventCreate.exe";
/** The event log rejects longer texts. */
const LONGEST_TEXT = 31_000;

function sourceKey(source: string): string {
  return `SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\${source}`;
}

/**
 * Registers a source of the Application log, so that its events are shown with their text. Needs administrator rights.
 */
export function registerEventSource(source: string): void {
  setRegistryValue(sourceKey(source), "EventMessageFile", { kind: "expandable", text: MESSAGE_FILE });
  setRegistryValue(sourceKey(source), "TypesSupported", { kind: "number", number: 7 });
}

/** Removes the registration. Events that were written stay in the log. */
export function unregisterEventSource(source: string): void {
  deleteRegistryKey(sourceKey(source));
}

/** An open event log. */
export interface EventLog {
  /** Writes an event. Throws {@link Win32Error} when the log rejects it. */
  write(level: LogLevel, message: string): void;
  close(): void;
}

/**
 * Opens the event log with this source. A source that is not registered works, too, but the viewer shows its events
 * with an error text about the missing description.
 */
export function openEventLog(source: string): EventLog {
  const handle = api().RegisterEventSourceW(0n, wide(source));
  if (handle === 0n) throw new Win32Error(`open the event log as ${source}`, lastError(), "no events will be written");
  return {
    write(level, message) {
      const text = wide(message.replaceAll("\0", " ").slice(0, LONGEST_TEXT));
      const strings = new Struct(8).setPointer(0, text);
      const id = TYPES[level];
      if (api().ReportEventW(handle, id, 0, id, 0n, 1, 0, strings.bytes, 0n) === 0) {
        throw new Win32Error("write to the event log", lastError());
      }
    },
    close: () => void api().DeregisterEventSource(handle),
  };
}
