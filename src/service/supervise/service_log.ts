/**
 * Where the messages of a Windows service go: it has no console that anybody sees.
 *
 * @module
 */
import type { Log } from "../../core/ports.ts";
import { type EventLog, openEventLog } from "../../system/windows/event_log.ts";
import { fileLog } from "./log_file.ts";

/** Where to write. */
export interface ServiceLogOptions {
  /** The source in the event log, as `service install` has registered it: the service's name. */
  readonly source: string;
  /** A rotating file that gets every message. @default {none} */
  readonly file?: string;
  /** Opens the event log. @default {the Application log} */
  readonly open?: (source: string) => EventLog;
}

/**
 * Makes the log of a service: warnings and errors go to the event log, everything to the file; without a file
 * everything goes to the event log. Never throws: an event log that is full or cannot be opened costs messages only.
 */
export function serviceLog(options: ServiceLogOptions): Log {
  const { source, file, open = openEventLog } = options;
  let events: EventLog | undefined;
  const toEvents: Log = (level, message) => {
    try {
      (events ??= open(source)).write(level, message);
    } catch {
      // There is no place left to which this could be told.
    }
  };
  if (file === undefined) return toEvents;
  const toFile = fileLog(file, { onTrouble: (message) => toEvents("warn", message) });
  return (level, message) => {
    toFile(level, message);
    if (level !== "info") toEvents(level, message);
  };
}
