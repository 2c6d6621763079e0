/**
 * The state of one guarded program, as it is on disk. It is read again for every operation, since other processes
 * change it.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import { plainText } from "../plain_text.ts";
import { type Problem, type ProblemCode, showProblem } from "../problem.ts";
import { bounded } from "./bounded_quarantine.ts";
import { appendEvent, type SentinelEvent } from "./history.ts";
import { foreignFault, ownRecord } from "./belonging.ts";
import { lastGoodPath, rollbackBakPath, type StatePaths, statePaths } from "./paths.ts";
import type { FileInfo, Fingerprint, LockHandle, Ports } from "../ports.ts";
import {
  type BuildRecord,
  type Quarantine,
  quarantineShape,
  recordShape,
  SCHEMA,
  type Sentinel,
  sentinelShape,
  type Snapshot,
} from "./schemas.ts";
import { exists, readState, resolveOrSelf, setAside, type StateRead } from "./state_files.ts";
import { refuseUntouchable, removeState, writeState } from "./write_state.ts";
import type { Subject } from "../subject.ts";
import type { TrustFault } from "./trust.ts";

/** The state of one guarded program. */
export class State {
  readonly paths: StatePaths;
  /** The program's path, links followed. */
  readonly exe: string;
  readonly rollbackBak: string;
  /** The content of `.boot-sentinel.json`. */
  sentinelRead: StateRead<Sentinel>;
  /** The content of `.boot-record.json`; empty when it is missing or cannot be read. */
  record: BuildRecord;
  #recordRead: StateRead<BuildRecord>;
  readonly #foreign: TrustFault | undefined;
  /** The record was corrupt, and was set aside: what it said of last-good is lost. */
  lostRecord = false;

  /** The sha256 of files that this command has read, by their identity. */
  readonly #digests: Map<string, string>;
  /** Releases are read, whatever their stamps. A boot must not take so long, nor must who holds the lock. */
  readonly readsReleases: boolean;

  /** @param digests What a command that reads releases has read. */
  constructor(readonly ports: Ports, readonly subject: Subject, digests?: Map<string, string>) {
    this.#digests = digests ?? new Map();
    this.readsReleases = digests !== undefined;
    this.paths = statePaths(subject.dataDir);
    this.exe = resolveOrSelf(ports.fs, subject.exe);
    this.rollbackBak = rollbackBakPath(this.exe);
    this.sentinelRead = readState(ports.fs, this.paths.sentinel, sentinelShape);
    this.#recordRead = readState(ports.fs, this.paths.record, recordShape);
    const read = this.#recordRead;
    this.record = read.kind === "value" ? ownRecord(ports, this.exe, this.paths.record, read.value) : {};
    this.#foreign = foreignFault(ports, subject, this.exe, this.record);
    if (this.#foreign === undefined) return;
    this.sentinelRead = this.#recordRead = { kind: "untouchable", ...this.#foreign };
    this.record = {};
  }

  /** Remembers the sha256 of a file, for as long as this command takes. */
  learn({ digest, info }: Fingerprint): void {
    if (info.settled) this.#digests.set(info.identity, digest);
  }

  /** The sha256 of a file, if this command has read it. */
  learnt(info: FileInfo): string | undefined {
    return this.#digests.get(info.identity);
  }

  /** The armed build; `undefined` if there is none, or its file cannot be read. */
  get sentinel(): Sentinel | undefined {
    return this.sentinelRead.kind === "value" ? this.sentinelRead.value : undefined;
  }

  /**
   * The path of last-good: beside the program, unless the program is a symbolic link whose target was changed since.
   * Then a last-good beside the new target is an older one or missing, and the recorded path is used.
   */
  get lastGood(): string {
    const beside = lastGoodPath(this.exe);
    const recorded = this.record.lastGood;
    if (recorded === undefined || recorded.path === beside || !this.has(recorded.path)) return beside;
    // If the program's directory was moved or copied, its last-good was moved or copied with it.
    return this.#isSnapshot(beside, recorded) ? beside : recorded.path;
  }

  #isSnapshot(path: string, { size, digest }: Snapshot): boolean {
    try {
      return this.ports.fs.info(path).size === size && this.ports.fs.digest(path) === digest;
    } catch {
      return false;
    }
  }

  /** The current time, ISO 8601. */
  now(): string {
    return new Date(this.ports.clock.now()).toISOString();
  }

  /** True when a file or directory exists at the path. */
  has(path: string): boolean {
    return exists(this.ports.fs, path);
  }

  /** Writes the sentinel durably. */
  writeSentinel(sentinel: Sentinel): void {
    refuseUntouchable(this.paths.sentinel, this.sentinelRead);
    this.#prepareDirectory();
    writeState(this.ports.fs, this.paths.sentinel, sentinel);
    this.sentinelRead = { kind: "value", value: sentinel };
  }

  /** Removes the sentinel durably. */
  clearSentinel(): void {
    if (this.sentinelRead.kind === "absent") return;
    refuseUntouchable(this.paths.sentinel, this.sentinelRead);
    removeState(this.ports.fs, this.paths.sentinel);
    this.sentinelRead = { kind: "absent" };
  }

  /** Undoes a change of the sentinel. `before`: what it was; `undefined`: there was none. */
  putBackSentinel(before: Sentinel | undefined): void {
    if (before === undefined) this.clearSentinel();
    else this.writeSentinel(before);
  }

  /** Writes the record durably. */
  writeRecord(record: BuildRecord): void {
    refuseUntouchable(this.paths.record, this.#recordRead);
    this.#prepareDirectory();
    writeState(this.ports.fs, this.paths.record, { schema: SCHEMA, ...record, exe: this.subject.exe });
    this.record = record;
  }

  /** The content of `.boot-quarantine.json`. */
  readQuarantine(): StateRead<Quarantine> {
    if (this.#foreign !== undefined) return { kind: "untouchable", ...this.#foreign };
    return readState(this.ports.fs, this.paths.quarantine, quarantineShape);
  }

  /** Writes the quarantine durably; a corrupt file is set aside first. */
  writeQuarantine(before: StateRead<Quarantine>, quarantine: Quarantine): void {
    refuseUntouchable(this.paths.quarantine, before);
    if (before.kind === "corrupt") this.setAside(this.paths.quarantine, before.why);
    this.#prepareDirectory();
    writeState(this.ports.fs, this.paths.quarantine, { schema: SCHEMA, ...bounded(quarantine) });
  }

  /** Renames corrupt state files, so that they can be inspected and new ones can be written. Never throws. */
  setCorruptAside(): void {
    if (this.#foreign !== undefined) return this.ports.log("warn", showProblem(this.#foreignProblem(this.#foreign)));
    if (this.sentinelRead.kind === "corrupt") {
      if (this.setAside(this.paths.sentinel, this.sentinelRead.why)) this.sentinelRead = { kind: "absent" };
    } else if (this.sentinelRead.kind === "untouchable") {
      this.ports.log("warn", `${cannotUse(this.paths.sentinel, this.sentinelRead)}; it is left as it is`);
    }
    if (this.#recordRead.kind === "corrupt") {
      this.lostRecord = true;
      if (this.setAside(this.paths.record, this.#recordRead.why)) this.#recordRead = { kind: "absent" };
    } else if (this.#recordRead.kind === "untouchable") {
      this.ports.log("warn", `${cannotUse(this.paths.record, this.#recordRead)}; it is left as it is`);
    }
  }

  /**
   * True when the sentinel must not be changed: a newer program wrote it, or it must not be trusted. For a program with
   * members that of the record counts, too: without it a build would be put back without its members.
   */
  get untouchable(): boolean {
    const needsRecord = this.subject.members !== undefined && this.#recordRead.kind === "untouchable";
    return this.sentinelRead.kind === "untouchable" || needsRecord;
  }

  /** The problems of the state files. */
  fileProblems(): Problem<ProblemCode>[] {
    if (this.#foreign !== undefined) return [this.#foreignProblem(this.#foreign)];
    const reads = [
      [this.paths.sentinel, this.sentinelRead],
      [this.paths.record, this.#recordRead],
      [this.paths.quarantine, this.readQuarantine()],
    ] as const;
    return reads.flatMap(([path, read]): Problem<ProblemCode>[] => {
      const text = `Cannot use ${path}`;
      if (read.kind === "corrupt") {
        const advice = "inspect it: the next boot renames it to *.corrupt-*";
        return [{ code: "state-corrupt", text: `${text}: ${read.why}`, advice }];
      }
      if (read.kind !== "untouchable") return [];
      if (read.isDenied === true) return [this.hiddenProblem(read.why)];
      return [{ code: "state-unusable", text: `${text}: ${read.why}`, advice: read.advice }];
    });
  }

  /** The problem of a user who may not read what the status depends on. */
  hiddenProblem(why: string): Problem<ProblemCode> {
    const advice = `use sudo: run this as root, or as the owner of ${this.paths.dir}`;
    return { code: "cannot-see", text: `Cannot see the state of ${this.subject.exe}: ${why}`, advice };
  }

  #foreignProblem({ why, advice }: TrustFault): Problem<ProblemCode> {
    return { code: "state-of-another", text: `Cannot use the state in ${this.paths.dir}: ${why}`, advice };
  }

  /** Adds an event to the history and calls the observer. Never throws: no decision depends on either. */
  event(event: Omit<SentinelEvent, "time" | "reason"> & { readonly reason: string }): void {
    const timed = { time: this.now(), ...event, reason: plainText(event.reason) };
    appendEvent(this.ports.fs, this.paths.history, timed);
    try {
      this.ports.observe?.(timed, this.subject);
    } catch (error) {
      this.ports.log(
        "warn",
        `Cannot report the event ${event.event} to hooks, webhook or metrics: ${messageOf(error)}`,
      );
    }
  }

  setAside(path: string, why: string): boolean {
    try {
      const renamed = setAside(this.ports.fs, path);
      this.ports.log(
        "warn",
        `Cannot use ${path}: ${why}; it was renamed to ${renamed}, and the service starts without it`,
      );
      return true;
    } catch (error) {
      this.ports.log("warn", `Cannot use ${path}: ${why}; it cannot be renamed either: ${messageOf(error)}`);
      return false;
    }
  }

  #prepareDirectory(): void {
    this.ports.fs.makeDirectory(this.paths.dir);
  }
}

/** Runs `action`, then releases the lock, also when it throws. */
export function releaseAfter<T>(lock: LockHandle | undefined, action: () => T): T {
  try {
    return action();
  } finally {
    lock?.release();
  }
}

function cannotUse(path: string, { why, advice }: TrustFault): string {
  return `Cannot use ${path}: ${why}; ${advice}`;
}
