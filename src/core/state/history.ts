/**
 * The history: one event a line, bounded, for people. Nothing is ever decided by it.
 *
 * @module
 */
import { type Fs, FsError } from "../fs_port.ts";
import { replaceFile } from "./replace_file.ts";

/** Beyond this many bytes the older half goes. */
const SIZE_LIMIT = 256 * 1024;

/** What happened. */
export type EventKind =
  | "armed"
  | "attempt"
  | "confirmed"
  | "failed"
  | "rolled-back"
  | "refused"
  | "degraded"
  | "retired"
  | "stopped"
  | "unhealthy"
  | "healthy"
  | "environment"
  | "quarantined"
  | "cleared";

/**
 * One line of the history.
 *
 * @example The last line of the history
 * ```ts
 * import { BootSentinel, type SentinelEvent } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * sentinel.swap("/update", "2.0.0");
 * const last: SentinelEvent | undefined = sentinel.history().at(-1);
 * assertEquals(`${last?.event} ${last?.version}`, "armed 2.0.0");
 * ```
 */
export interface SentinelEvent {
  /** ISO 8601. */
  readonly time: string;
  /** What happened. */
  readonly event: EventKind;
  /** The build that it happened to. */
  readonly version?: string | undefined;
  /** The build that was or is live instead. */
  readonly other?: string | undefined;
  /** Boots of it so far without a confirm. */
  readonly attempts?: number | undefined;
  /** Boots that it gets. */
  readonly maxAttempts?: number | undefined;
  /** Why. */
  readonly reason?: string | undefined;
}

/** Adds an event; keeps the file within bounds. Never throws. */
export function appendEvent(fs: Fs, path: string, event: SentinelEvent): void {
  try {
    if (sizeOf(fs, path) > SIZE_LIMIT) dropOlderHalf(fs, path);
    fs.append(path, JSON.stringify(event));
  } catch { /* a history that cannot be written changes nothing */ }
}

/** The events, oldest first; lines that are torn or foreign are left out. */
export function readHistory(fs: Fs, path: string): SentinelEvent[] {
  let text: string;
  try {
    text = new TextDecoder().decode(fs.read(path, 2 * SIZE_LIMIT));
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => {
    try {
      const event = JSON.parse(line) as SentinelEvent | null;
      return typeof event?.event === "string" && typeof event.time === "string" ? [event] : [];
    } catch {
      return [];
    }
  });
}

function sizeOf(fs: Fs, path: string): number {
  try {
    return fs.info(path).size;
  } catch {
    return 0;
  }
}

function dropOlderHalf(fs: Fs, path: string): void {
  const events = readHistory(fs, path);
  const newer = events.slice(Math.ceil(events.length / 2));
  replaceFile(fs, path, newer.map((event) => JSON.stringify(event) + "\n").join(""));
}
