/**
 * The outbox: events that are to be sent to the webhook. Each is a file, so that processes need no lock to add one.
 *
 * @module
 */
import { join } from "@std/path/join.js";
import { type Fs, FsError } from "../../core/ports.ts";
import { shellWord } from "../../core/shell_word.ts";

/** The outbox holds at most this many events; the oldest are removed. */
const LIMIT = 200;

/** The folder of the outbox in a data directory. */
export function outboxPath(dataDir: string): string {
  return join(dataDir, ".boot-outbox");
}

/** Adds an event. Durable when it returns. */
export function putInOutbox(fs: Fs, dataDir: string, json: string, now: number): void {
  const dir = outboxPath(dataDir);
  fs.makeDirectory(dir);
  // The service's user can replace the folder by a symbolic link, and this process may be root: it would write through
  // it.
  if (fs.resolve(dir) !== join(fs.resolve(dataDir), ".boot-outbox")) {
    throw new Error(`${dir} is a symbolic link; inspect it and remove it: rm ${shellWord(dir)}`);
  }
  // The padded time sorts the names by age. The id is unique even for two events in one millisecond.
  const name = `${String(now).padStart(15, "0")}-${crypto.randomUUID()}.json`;
  const entries = outboxEntries(fs, dataDir);
  for (const old of entries.slice(0, Math.max(0, entries.length + 1 - LIMIT))) fs.remove(join(dir, old));
  fs.create(join(dir, name), new TextEncoder().encode(json));
  fs.syncDirectory(dir);
}

/** The file names of the waiting events, oldest first. */
export function outboxEntries(fs: Fs, dataDir: string): string[] {
  try {
    return fs.list(outboxPath(dataDir)).filter((name) => /^\d{15}-[\w-]+\.json$/.test(name));
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return [];
    throw error;
  }
}

/** Sends one event. `refused`: the server will never accept it; `retry`: it may accept it later. */
export type Post = (body: Uint8Array, id: string) => Promise<"delivered" | "refused" | "retry">;

/** How many events of the outbox were sent. */
export interface OutboxResult {
  readonly sent: number;
  readonly refused: number;
  readonly left: number;
}

/** Sends the waiting events, oldest first; stops at the first one that has to be sent again later. */
export async function sendOutbox(fs: Fs, dataDir: string, post: Post): Promise<OutboxResult> {
  const entries = outboxEntries(fs, dataDir);
  const counts = { delivered: 0, refused: 0 };
  for (const name of entries) {
    const path = join(outboxPath(dataDir), name);
    const body = readEvent(fs, path);
    if (body === undefined) continue;
    const answer = await post(body, name.slice(16, -".json".length));
    if (answer === "retry") break;
    counts[answer]++;
    fs.remove(path);
  }
  const left = outboxEntries(fs, dataDir).length;
  return { sent: counts.delivered, refused: counts.refused, left };
}

/** `undefined`: another process has sent it meanwhile, or it cannot be read; the others are sent all the same. */
function readEvent(fs: Fs, path: string): Uint8Array | undefined {
  try {
    return fs.read(path, 1 << 20);
  } catch (error) {
    if (error instanceof FsError) return undefined;
    throw error;
  }
}
