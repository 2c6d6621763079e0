/** Messages as lines on standard error: standard output belongs to the service. @module */
import type { Log, LogLevel } from "../../core/ports.ts";
import { escapedLines } from "../../core/plain_text.ts";
import { calls } from "../fs/calls.ts";
import { variable } from "./permission.ts";
import { writeMessage } from "./stdio.ts";

/** How messages are written. */
export interface LogOptions {
  /** Only warnings and errors. */
  readonly quiet?: boolean;
  /** Also debug messages. */
  readonly verbose?: boolean;
  /** `auto`: with priorities when standard error is the journal, else text. @default "auto" */
  readonly format?: "auto" | "text" | "json" | "journal";
}

/** The priorities of syslog. The journal reads them from the start of a line, as `<3>`. */
const PRIORITIES: Record<LogLevel, number> = { error: 3, warn: 4, info: 6, debug: 7 };

/**
 * A log on standard error. It never throws: when standard error is closed, messages are lost.
 *
 * @param write Writes the lines.
 */
export function stderrLog(
  options: LogOptions = {},
  write: (text: string) => void = writeMessage,
): Log {
  let render: ((level: LogLevel, message: string) => string) | undefined;
  return (level, message) => {
    if (level === "debug" && options.verbose !== true) return;
    if (level === "info" && options.quiet === true) return;
    render ??= RENDERERS[formatOf(options.format ?? "auto")];
    write(render(level, escapedLines(message)));
  };
}

const RENDERERS = {
  text: (_level: LogLevel, message: string) => `boot-sentinel: ${message}\n`,
  // Each line gets the priority: the journal stores every line as a message of its own.
  journal: (level: LogLevel, message: string) =>
    message.split("\n").map((line) => `<${PRIORITIES[level]}>boot-sentinel: ${line}\n`).join(""),
  json: (level: LogLevel, message: string) =>
    JSON.stringify({ time: new Date().toISOString(), level, program: "boot-sentinel", message }) + "\n",
};

function formatOf(format: "auto" | "text" | "json" | "journal"): keyof typeof RENDERERS {
  if (format !== "auto") return format;
  return isJournal(variable("JOURNAL_STREAM")) ? "journal" : "text";
}

/** True when standard error is the journal stream of systemd. A command in the service may have redirected it. */
function isJournal(stream: string | undefined): boolean {
  if (stream === undefined || stream === "") return false;
  try {
    const { dev, ino } = calls().fstat(2);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
