/**
 * A log file of bounded size.
 *
 * @module
 */
import type { Log } from "../../core/ports.ts";
import { type LogStore, systemLogStore } from "../../system/fs/log_store.ts";

/** The options of a log file. */
export interface LogFileOptions {
  /** The file is renamed to `<path>.1` before it would exceed this size in bytes. @default {2097152} */
  readonly maxBytes?: number;
  /** The file operations. @default {the file system} */
  readonly store?: LogStore;
  /** The time of a line. @default {now} */
  readonly now?: () => Date;
  /** Called when the first line cannot be written, and when lines are written again. @default {none} */
  readonly onTrouble?: (message: string) => void;
}

const DEFAULT_MAX_BYTES = 2 * 1024 * 1024;

/**
 * Makes a log that writes lines to a file: time, level, message. There are at most two files, `path` and `path.1`,
 * of `maxBytes` each. A longer line is cut.
 *
 * The log never throws: a full disk must not stop the service.
 */
export function fileLog(path: string, options: LogFileOptions = {}): Log {
  const { maxBytes = DEFAULT_MAX_BYTES, store = systemLogStore, now = () => new Date(), onTrouble } = options;
  let lost = 0;
  return (level, message) => {
    const line = formatLine(now(), level, message, maxBytes);
    try {
      const size = store.size(path);
      // `append` opens and closes the file for each line: Windows cannot rename an open file.
      if (size > 0 && size + line.length > maxBytes) rotate(store, path, maxBytes, size);
      store.append(path, line);
      if (lost > 0) onTrouble?.(`Writing to the log file ${path} again: ${lost} lines are lost`);
      lost = 0;
    } catch (error) {
      lost++;
      if (lost > 1) return;
      const cause = error instanceof Error ? error.message : String(error);
      onTrouble?.(
        `Cannot write to the log file ${path}: ${cause}; the service goes on, but log lines are lost until that works`,
      );
    }
  };
}

function rotate(store: LogStore, path: string, maxBytes: number, size: number): void {
  try {
    store.replace(path, `${path}.1`);
  } catch (error) {
    // Windows cannot replace `path.1` while another process has it open. The file may then grow to twice the size.
    if (size > 2 * maxBytes) throw error;
  }
}

function formatLine(time: Date, level: string, message: string, maxBytes: number): Uint8Array {
  // Line breaks are replaced: a message can contain text of other programs, which must not look like another log entry.
  const text = message.replace(/[\r\n]+/g, " ⏎ ");
  const line = new TextEncoder().encode(`${time.toISOString()} ${level} ${text}\n`);
  if (line.length <= maxBytes) return line;
  const cut = line.slice(0, maxBytes);
  cut[maxBytes - 1] = 10;
  return cut;
}
