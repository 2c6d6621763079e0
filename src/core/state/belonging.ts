/**
 * Whether a state belongs to the program that it is asked about: each program has one state, and a state names no files
 * but its program's own.
 *
 * @module
 */
import type { Ports } from "../ports.ts";
import { shellWord } from "../shell_word.ts";
import type { Subject } from "../subject.ts";
import { isSameDirectory, markedDataDir, markerPath } from "./marker.ts";
import { directoryOf, isKeptPath, nameOf } from "./paths.ts";
import type { BuildRecord, Snapshot } from "./schemas.ts";
import { exists, resolveOrSelf } from "./state_files.ts";
import type { TrustFault } from "./trust.ts";

/**
 * Why a data directory is not the program's: its state is about another program, or the program's state is in another
 * directory. To go on would restore one program's last-good over another one, or let two states undo each other's work.
 *
 * @param resolved The program's path, links followed.
 */
export function foreignFault(
  { fs }: Pick<Ports, "fs">,
  { exe, dataDir }: Subject,
  resolved: string,
  { exe: other }: BuildRecord,
): TrustFault | undefined {
  const marked = markedDataDir(fs, resolved);
  if (marked !== undefined && !isSameDirectory(fs, marked, dataDir)) {
    const marker = markerPath(resolved);
    return {
      why: `the state of ${exe} is in ${marked}, as ${marker} says`,
      advice: `use --data-dir ${shellWord(marked)}; if it was moved to ${dataDir}: rm ${shellWord(marker)}`,
    };
  }
  if (other === undefined || other === exe || !exists(fs, other) || resolveOrSelf(fs, other) === resolved) {
    return undefined;
  }
  // A folder that was copied with the program has a state that names the old place.
  const isCopied = nameOf(other) === nameOf(exe) && isSameDirectory(fs, dataDir, directoryOf(resolved));
  // The names behind a link differ from release to release.
  if (isCopied || nameOf(resolved) !== nameOf(exe)) return undefined;
  return {
    why: `it is about another program, ${other}`,
    advice: `give ${exe} a data directory of its own: --data-dir DIR; until then it is not protected`,
  };
}

/**
 * The record without kept builds that cannot be this program's. The state's owner could name any file of the machine, and
 * root would put it in place or remove it.
 *
 * @param from The record's path.
 */
export function ownRecord(
  ports: Pick<Ports, "fs" | "log">,
  exe: string,
  from: string,
  record: BuildRecord,
): BuildRecord {
  const isOurs = (snapshot: Snapshot) =>
    isKeptPath(exe, snapshot) &&
    (directoryOf(snapshot.path) === directoryOf(exe) || ports.fs.sameOwner(snapshot.path, from));
  const { lastGood, incoming, generations } = record;
  const kept = [lastGood, incoming, ...(generations ?? [])].filter((snapshot) => snapshot !== undefined);
  const others = kept.filter((snapshot) => !isOurs(snapshot));
  if (others.length === 0) return record;
  const isKept = (snapshot: Snapshot | undefined) => snapshot !== undefined && !others.includes(snapshot);
  const paths = others.map(({ path }) => path).join(", ");
  ports.log("warn", `Cannot use what ${from} names as a build of ${exe}: ${paths}; it is ignored`);
  return {
    ...record,
    lastGood: isKept(lastGood) ? lastGood : undefined,
    incoming: isKept(incoming) ? incoming : undefined,
    generations: generations?.filter(isKept),
  };
}
