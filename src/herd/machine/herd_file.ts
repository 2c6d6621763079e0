/**
 * What a machine knows of its herd: the last answer and what is still to be sent, in a file of the data directory. The
 * gate of a boot never reads it.
 *
 * @module
 */
import type { Fs } from "../../core/fs_port.ts";
import { fileIn } from "../../core/state/paths.ts";
import { readState } from "../../core/state/state_files.ts";
import { SCHEMA } from "../../core/state/schemas.ts";
import { flag, list, map, maybe, number, object, type Shape, text, words } from "../../core/state/validators.ts";
import { refuseUntouchable, writeState } from "../../core/state/write_state.ts";

/** A verdict as it is kept. */
export interface KeptVerdict {
  readonly kind: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** Somebody signed it: only a newer one that is signed takes its place. */
  readonly signed?: boolean | undefined;
}

/** What the herd says of a build. */
export interface KnownBuild {
  readonly version?: string | undefined;
  readonly verdict?: KeptVerdict | undefined;
  readonly share?: number | undefined;
  readonly canaries?: number | undefined;
}

/** A build that this machine is to install. */
export interface Wanted {
  readonly digest: string;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Why the file cannot be used. */
export interface HerdFileFault {
  readonly path: string;
  readonly why: string;
  /** What to do; `undefined`: nothing, the next sync writes the file anew. */
  readonly advice?: string | undefined;
  /** Only this user cannot read it. */
  readonly isDenied?: boolean | undefined;
}

/** The content of the file. */
export interface HerdFile {
  /** Why the file that is there cannot be used; it is not part of the file. */
  readonly fault?: HerdFileFault | undefined;
  /** The name of this machine in the herd. */
  readonly machine: string;
  /** When the herd answered last, milliseconds since the epoch; 0: never. */
  readonly fetchedAt: number;
  /** Why it did not answer since. */
  readonly offline?: string | undefined;
  /** The newest revision of what was fetched. */
  readonly revision: number;
  /** The newest revision of what was sent. */
  readonly sentRevision: number;
  /** When the list was made that was fetched, milliseconds since the epoch. */
  readonly listedAt?: number | undefined;
  /** When all was fetched and sent, not only what has changed, milliseconds since the epoch. */
  readonly wholeAt: number;
  readonly builds: Readonly<Record<string, KnownBuild>>;
  /** What was sent of each build. */
  readonly sent: Readonly<Record<string, string>>;
  readonly wanted: readonly Wanted[];
}

/** What a machine knows before the first answer. */
export const NOTHING: HerdFile = {
  machine: "",
  fetchedAt: 0,
  revision: 0,
  sentRevision: 0,
  wholeAt: 0,
  builds: {},
  sent: {},
  wanted: [],
};

const shape: Shape<HerdFile> = object<Omit<HerdFile, "fault">>({
  machine: text,
  fetchedAt: number,
  offline: maybe(words),
  revision: number,
  sentRevision: number,
  listedAt: maybe(number),
  wholeAt: number,
  builds: map(object<KnownBuild>({
    version: maybe(words),
    verdict: maybe(object<KeptVerdict>({ kind: words, by: words, reason: words, at: number, signed: maybe(flag) })),
    share: maybe(number),
    canaries: maybe(number),
  })),
  sent: map(text),
  wanted: list(object<Wanted>({ digest: text, version: words, at: number })),
});

/** The file of a data directory. */
export function herdFilePath(dataDir: string): string {
  return fileIn(dataDir, ".boot-herd.json");
}

/** Reads the file. One that is missing or cannot be used counts as no answer: the herd only withholds. */
export function readHerdFile(fs: Fs, dataDir: string): HerdFile {
  const path = herdFilePath(dataDir);
  const read = readState(fs, path, shape);
  switch (read.kind) {
    case "value":
      return read.value;
    case "absent":
      return NOTHING;
    case "corrupt":
      return { ...NOTHING, fault: { path, why: read.why } };
    case "untouchable":
      return { ...NOTHING, fault: { path, why: read.why, advice: read.advice, isDenied: read.isDenied } };
  }
}

/** Builds that are kept; more than a herd decides on in months. */
const MOST_BUILDS = 100;

/**
 * Writes the file, atomically.
 *
 * @throws {SentinelError} `untouchable`: the file is from a newer program, or must not be trusted.
 */
export function writeHerdFile(fs: Fs, dataDir: string, { fault: _, builds, ...others }: HerdFile): void {
  const path = herdFilePath(dataDir);
  refuseUntouchable(path, readState(fs, path, shape));
  fs.makeDirectory(dataDir);
  writeState(fs, path, { ...others, schema: SCHEMA, builds: newestOf(builds) });
}

/** What people signed is kept apart: nobody can push it out by deciding on builds without end. */
function newestOf(builds: HerdFile["builds"]): HerdFile["builds"] {
  const all = Object.entries(builds);
  const isSigned = ([, { verdict }]: typeof all[number]) => verdict?.signed === true;
  const newest = [
    ...all.filter(isSigned).slice(-MOST_BUILDS),
    ...all.filter((one) => !isSigned(one)).slice(-MOST_BUILDS),
  ];
  return Object.fromEntries(newest);
}

/** How many builds are waited for at once. */
const MOST_WANTED = 4;

/** The file with a build that this machine is to install. */
export function wanting(file: HerdFile, wanted: Wanted): HerdFile {
  if (file.wanted.some(({ digest }) => digest === wanted.digest)) return file;
  return { ...file, wanted: [...file.wanted, wanted].slice(-MOST_WANTED) };
}
