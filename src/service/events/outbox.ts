/**
 * The outbox: events that wait for the webhook, one file each, so that no two processes are in each other's way.
 *
 * @module
 */
import { join } from "@std/path/join.js";
import { type Fs, FsError } from "../../core/ports.ts";
import { shellWord } from "../../core/shell_word.ts";

/** No more than this many wait; the oldest go. */
const LIMIT = 200;

/** The folder of the outbox in a data directory. */
export function outboxPath(dataDir: string): string {
  return join(dataDir, ".boot-outbox");
}

/** Puts an event in. Durable when it returns. */
export function putInOutbox(fs: Fs, dataDir: string, json: string, now: number): void {
  const dir = outboxPath(dataDir);
  fs.makeDirectory(dir);
  // Root could be led to write elsewhere by a link that the service's user planted.
  if (fs.resolve(dir) !== join(fs.resolve(dataDir), ".boot-outbox")) {
    throw new Error(`${dir} is a symbolic link; look at it and remove it: rm ${shellWord(dir)}`);
  }
  // Times of one width sort as their names do; the identity keeps two events of one millisecond apart.
  const name = `${String(now).padStart(15, "0")}-${crypto.randomUUID()}.json`;
  const waiting = outboxEntries(fs, dataDir);
  for (const old of waiting.slice(0, Math.max(0, waiting.length + 1 - LIMIT))) fs.remove(join(dir, old));
  fs.create(join(dir, name), new TextEncoder().encode(json));
  fs.syncDirectory(dir);
}

/** The names of what waits, oldest first. */
export function outboxEntries(fs: Fs, dataDir: string): string[] {
  try {
    return fs.list(outboxPath(dataDir)).filter((name) => /^\d{15}-[\w-]+\.json$/.test(name));
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return [];
    throw error;
  }
}

/** Sends one event: `true` when it delivered, `refused` when it never will. */
export type Post = (body: Uint8Array, id: string) => Promise<"delivered" | "refused" | "retry">;

/** What an emptying of the outbox came to. */
export interface Emptied {
  readonly sent: number;
  readonly refused: number;
  readonly left: number;
}

/** Sends what waits, oldest first, until the first one that has to wait on. */
export async function emptyOutbox(fs: Fs, dataDir: string, post: Post): Promise<Emptied> {
  const entries = outboxEntries(fs, dataDir);
  const counts = { delivered: 0, refused: 0 };
  for (const name of entries) {
    const path = join(outboxPath(dataDir), name);
    const answer = await post(fs.read(path, 1 << 20), name.slice(16, -".json".length));
    if (answer === "retry") break;
    counts[answer]++;
    fs.remove(path);
  }
  return { sent: counts.delivered, refused: counts.refused, left: entries.length - counts.delivered - counts.refused };
}
