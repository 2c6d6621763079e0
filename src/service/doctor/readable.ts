/** Which of the state's files this process may read. @module */
import { FsError } from "../../core/ports.ts";
import type { SentinelEvent } from "../../core/state/history.ts";
import type { State } from "../../core/state/state.ts";

/** The state files that may not be read, and the history if it may. */
export function checkReadable(
  { ports: { fs }, paths }: State,
  readHistory: () => readonly SentinelEvent[],
): { readonly unreadable: readonly string[]; readonly history: readonly SentinelEvent[] | undefined } {
  const isDenied = (path: string) => {
    try {
      fs.read(path, 1);
      return false;
    } catch (error) {
      return error instanceof FsError && error.code === "denied";
    }
  };
  const unreadable = [paths.sentinel, paths.record, paths.quarantine].filter(isDenied);
  return { unreadable, history: isDenied(paths.history) ? undefined : readHistory() };
}
