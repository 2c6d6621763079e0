/**
 * A log file that does not grow for ever.
 *
 * @module
 */
import type { Log } from "../../core/ports.ts";
import { type LogStore, systemLogStore } from "../../system/fs/log_store.ts";

/** How a log file is kept. */
export interface LogFileOptions {
  /** The file is put aside as `<path>.1` before it would grow past this many bytes. @default {2097152} */
  readonly maxBytes?: number;
  /** Where the files are. @default {the file system} */
  readonly store?: LogStore;
  /** The time of a line. @default {now} */
  readonly now?: () => Date;
  /** Told once, when lines begin to be lost, and once when they are written again. @default {nobody} */
  readonly onTrouble?: (message: string) => void;
}

const DEFAULT_MAX_BYTES = 2 * 1024 * 1024;

/**
 * Makes a log that writes lines to a file: time, level, message. There are at most two files, `path` and `path.1`,
 * of `maxBytes` each; a line longer than that is cut.
 *
 * The log never throws: a full disk must not stop the service that it tells about.
 */
export function fileLog(path: string, options: LogFileOptions = {}): Log {
  const { maxBytes = DEFAULT_MAX_BYTES, store = systemLogStore, now = () => new Date(), onTrouble } = options;
  let lost = 0;
  return (level, message) => {
    const line = formatLine(now(), level, message, maxBytes);
    try {
      const size = store.size(path);
      // Opened for each line and closed again: Windows could not rename the file while it is held.
      if (size > 0 && size + line.length > maxBytes) putAside(store, path, maxBytes, size);
      store.append(path, line);
      if (lost > 0) onTrouble?.(`Writing to the log file ${path} again: ${lost} lines are lost`);
      lost = 0;
    } catch (error) {
      lost++;
      if (lost > 1) return;
      const cause = error instanceof Error ? error.message : String(error);
      onTrouble?.(
        `Cannot write to the log file ${path}: ${cause}; the service runs on, its log lines are lost until that works`,
      );
    }
  };
}

function putAside(store: LogStore, path: string, maxBytes: number, size: number): void {
  try {
    store.replace(path, `${path}.1`);
  } catch (error) {
    // Somebody reads the old file. One that is a little too long is better than lost lines, up to twice the size.
    if (size > 2 * maxBytes) throw error;
  }
}

function formatLine(time: Date, level: string, message: string, maxBytes: number): Uint8Array {
  // One line an entry: a message with line breaks could pass itself off as other entries.
  const text = message.replace(/[\r\n]+/g, " ⏎ ");
  const line = new TextEncoder().encode(`${time.toISOString()} ${level} ${text}\n`);
  if (line.length <= maxBytes) return line;
  const cut = line.slice(0, maxBytes);
  cut[maxBytes - 1] = 10;
  return cut;
}
