/**
 * The log of a Windows service, which has no visible console.
 *
 * @module
 */
import type { Log } from "../../core/ports.ts";
import { type EventLog, openEventLog } from "../../system/windows/event_log.ts";
import { fileLog } from "./log_file.ts";

/** Where the messages are written. */
export interface ServiceLogOptions {
  /** The source in the event log that `service install` has registered: the service's name. */
  readonly source: string;
  /** A rotating file for all messages. @default {none} */
  readonly file?: string;
  /** Opens the event log. @default {the Application log} */
  readonly open?: (source: string) => EventLog;
}

/**
 * Makes the log of a service. Warnings and errors go to the event log, all messages to the file; without a file all go
 * to the event log. Never throws: if the event log is full or cannot be opened, messages are lost.
 */
export function serviceLog(options: ServiceLogOptions): Log {
  const { source, file, open = openEventLog } = options;
  let events: EventLog | undefined;
  const toEvents: Log = (level, message) => {
    try {
      (events ??= open(source)).write(level, message);
    } catch {
      // There is no other place where this could be reported.
    }
  };
  if (file === undefined) return toEvents;
  const toFile = fileLog(file, { onTrouble: (message) => toEvents("warn", message) });
  return (level, message) => {
    toFile(level, message);
    if (level !== "info") toEvents(level, message);
  };
}
