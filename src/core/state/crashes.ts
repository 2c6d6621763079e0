/**
 * Starts of the confirmed build that ended by themselves right away, counted in a file of their own: there is none in
 * good times, and the gate never reads it.
 *
 * @module
 */
import type { Fs } from "../fs_port.ts";
import { isUnprovenRestore } from "../gate/steady.ts";
import type { BootToken } from "../gate/boot_token.ts";
import type { Subject } from "../subject.ts";
import { statePaths } from "./paths.ts";
import { SCHEMA } from "./schemas.ts";
import type { State } from "./state.ts";
import { isMissing, readState } from "./state_files.ts";
import { countUpTo, flag, map, maybe, object, type Shape, text, words } from "./validators.ts";
import { refuseUntouchable, removeState, writeState } from "./write_state.ts";

/** Starts in a row that ended by themselves, of one instance. */
export interface Crashes {
  /** No longer raised once there are enough for a loop. */
  readonly count: number;
  /** When the first of them ended, ISO 8601. */
  readonly since: string;
  /** How the last one ended that was counted, with its last words. */
  readonly how: string;
  /** The service manager's id for that start. */
  readonly invocation?: string | undefined;
  /** There were enough of them: this was told, and is not told again. */
  readonly looping?: boolean | undefined;
}

/** The crashes of each instance, by its name; empty for a service that has one. */
type Instances = Readonly<Record<string, Crashes>>;

const shape: Shape<{ readonly instances: Instances }> = object({
  instances: map(object<Crashes>({
    count: countUpTo(Number.MAX_SAFE_INTEGER),
    since: text,
    how: words,
    invocation: maybe(text),
    looping: maybe(flag),
  })),
});

/** Whether there may be crashes; reads no content. */
export function mayHaveCrashes(fs: Fs, { dataDir }: Pick<Subject, "dataDir">): boolean {
  return !isMissing(fs, statePaths(dataDir).crashes);
}

/** The version of the live build if it is confirmed: nothing is armed, and it is not a restored one on its way. */
export function confirmedVersionOf({ sentinelRead, record }: State): string | undefined {
  const isPending = sentinelRead.kind !== "absent" || isUnprovenRestore(record);
  return isPending ? undefined : record.lastGood?.version;
}

/** The crashes of all instances; none unless a confirmed build is live. */
export function readCrashes(state: State): Instances {
  if (confirmedVersionOf(state) === undefined) return {};
  const read = readFile(state);
  return read.kind === "value" ? read.value.instances : {};
}

function readFile({ ports, paths }: State) {
  return readState(ports.fs, paths.crashes, shape);
}

/** The crashes of this instance. */
export function ownCrashes(state: State): Crashes | undefined {
  return readCrashes(state)[nameOf(state)];
}

/**
 * Writes the crashes of this instance, or removes them.
 *
 * @throws {SentinelError} `untouchable`: the file is from a newer program, or must not be trusted.
 */
export function writeCrashes(state: State, crashes: Crashes | undefined): void {
  refuseUntouchable(state.paths.crashes, readFile(state));
  const { [nameOf(state)]: _, ...others } = readCrashes(state);
  const instances: Instances = crashes === undefined ? others : { ...others, [nameOf(state)]: crashes };
  if (Object.keys(instances).length === 0) return forgetCrashes(state);
  writeState(state.ports.fs, state.paths.crashes, { schema: SCHEMA, instances });
}

/** Removes those of all instances: another build comes, or this one was confirmed anew. */
export function forgetCrashes({ ports: { fs }, paths, subject }: State): void {
  if (mayHaveCrashes(fs, subject)) removeState(fs, paths.crashes);
}

/** The token of a start of the confirmed build after one that ended by itself: it is watched until it has lasted. */
export function tokenAfterCrash(state: State): BootToken | undefined {
  const crashes = ownCrashes(state);
  return crashes && { kind: "crashed", boot: crashes.count, lenient: true };
}

function nameOf({ subject }: State): string {
  return subject.instance ?? "";
}
