/**
 * The history: one event per line, bounded in size, for people. No decision depends on it.
 *
 * @module
 */
import { type Fs, FsError } from "../fs_port.ts";
import { escaped } from "../plain_text.ts";
import type { EndedBoot } from "./ended_boot.ts";
import { replaceFile } from "./replace_file.ts";
import { endsShape } from "./schemas.ts";
import { maybe } from "./validators.ts";

/** Above this size, in bytes, the older half of the events is removed. */
const SIZE_LIMIT = 256 * 1024;

/**
 * The kind of an event. `retired`: a sentinel was discarded, because the build it was for is not live. `crash-looping`:
 * the confirmed build ends right after each start.
 */
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
  | "ended"
  | "unhealthy"
  | "healthy"
  | "environment"
  | "crash-looping"
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
  /** When it happened, ISO 8601. */
  readonly time: string;
  /** What happened. */
  readonly event: EventKind;
  /** The build that the event is about. */
  readonly version?: string | undefined;
  /** The build that is live instead: after `rolled-back` and `environment` the restored one. */
  readonly other?: string | undefined;
  /** Unconfirmed boots of the build so far. */
  readonly attempts?: number | undefined;
  /** Unconfirmed boots that the build gets. */
  readonly maxAttempts?: number | undefined;
  /** Why it happened, for people. */
  readonly reason?: string | undefined;
  /**
   * How boots of the build ended, oldest first: of `ended` and `unhealthy` that boot; of `rolled-back` and `degraded`
   * the last ones, as far as they are known.
   */
  readonly ends?: readonly EndedBoot[] | undefined;
}

/** Appends an event; keeps the file's size bounded. Never throws. */
export function appendEvent(fs: Fs, path: string, event: SentinelEvent): void {
  try {
    if (sizeOf(fs, path) > SIZE_LIMIT) dropOlderHalf(fs, path);
    fs.append(path, JSON.stringify(event));
  } catch { /* no decision depends on the history */ }
}

/** The events, oldest first. Lines that are incomplete or are not events are skipped. */
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
      if (typeof event?.event !== "string" || typeof event.time !== "string") return [];
      const texts = Object.entries(event).map((
        [key, value],
      ) => [key, typeof value === "string" ? escaped(value) : value]);
      const { ends: _, ...read } = Object.fromEntries(texts) as SentinelEvent;
      const ends = maybe(endsShape)(event.ends, "ends");
      return [ends === undefined ? read : { ...read, ends }];
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
