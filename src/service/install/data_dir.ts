/** Where the state of a service that is installed lies. @module */
import type { Fs } from "../../core/fs_port.ts";
import { markedDataDir } from "../../core/state/marker.ts";
import { directoryOf, statePaths } from "../../core/state/paths.ts";
import { isMissing, resolveOrSelf } from "../../core/state/state_files.ts";

/**
 * The data directory: the named one, or that which the program has already, so that two services with one program share
 * one state, or else a new one.
 */
export function dataDirFor(fs: Fs, exe: string, named: string | undefined, fresh: string): string {
  if (named !== undefined) return named;
  const program = resolveOrSelf(fs, exe);
  const marked = markedDataDir(fs, program);
  if (marked !== undefined) return marked;
  const beside = directoryOf(exe);
  return isMissing(fs, statePaths(beside).record) ? fresh : beside;
}
