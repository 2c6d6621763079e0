/**
 * The interfaces through which the core reaches the operating system. `src/system` implements them.
 *
 * @module
 */
import type { DataTrees } from "./data/data_port.ts";
import type { Fs } from "./fs_port.ts";
import type { SentinelEvent } from "./state/history.ts";

export {
  type Copied,
  type FileInfo,
  type Fingerprint,
  type Fs,
  FsError,
  type FsFault,
  type ReplaceFault,
  type Tree,
  type TreeEntry,
} from "./fs_port.ts";
export type { DataSize, DataTrees } from "./data/data_port.ts";
export type { EventKind, SentinelEvent } from "./state/history.ts";

/** How a lock is held: `exclusive` by one holder, or `shared` by several at once. */
export type Sharing = "exclusive" | "shared";

/** A file lock. The operating system releases it when the process that holds it ends. */
export interface Lock {
  /**
   * Takes the lock at `path`, waiting at most `waitMs` milliseconds. `busy`: another process holds it.
   * `unavailable`: locks do not work here (read-only directory, no permission for foreign functions).
   *
   * @param how `shared` holders exclude only an `exclusive` one. @default "exclusive"
   */
  acquire(path: string, waitMs: number, how?: Sharing): LockHandle | "busy" | "unavailable";
}

/** A lock that is held. */
export interface LockHandle {
  /** Releases the lock. */
  release(): void;
}

/** The time, and an id of this machine's boot. */
export interface Clock {
  /**
   * Wall clock, milliseconds since the epoch. Used for records only: decisions count boots, since clocks are set back.
   */
  now(): number;
  /** An id that changes with every boot of the machine; `undefined` where it cannot be read. */
  bootId(): string | undefined;
}

/** The processes of this machine. */
export interface Processes {
  /** An id of this process that no other one gets before the machine's next boot; `undefined` where there is none. */
  self(): string | undefined;
  /** True when the process with that id still runs. */
  isAlive(id: string): boolean;
}

/** Severity of a message; `debug` is shown with `--verbose` only. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Receives messages for people. */
export type Log = (level: LogLevel, message: string) => void;

/** The machine on which the guarded program has to start. */
export interface Host {
  /** The operating system. */
  readonly os: "linux" | "windows" | "other";
  /** The processor. */
  readonly arch: "x64" | "arm64" | "other";
}

/**
 * Called with every event that is added to the history: hooks, webhooks and metrics attach here. The state's lock is
 * held during the call, so it must not run another command of the same program.
 *
 * @example Count rollbacks
 * ```ts
 * import { BootSentinel, type Observe } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * let rollbacks = 0;
 * const observe: Observe = ({ event }) => void (rollbacks += Number(event === "rolled-back"));
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, { ...memoryPorts(fs), observe });
 * sentinel.swap("/update", "2.0.0");
 * sentinel.rollback();
 * assertEquals(rollbacks, 1);
 * ```
 */
export type Observe = (event: SentinelEvent, program: ProgramRef) => void;

/** The program that an event is about. */
export interface ProgramRef {
  /** The program's path. */
  readonly exe: string;
  /** Where its state files are. */
  readonly dataDir: string;
}

/**
 * All interfaces to the operating system that the core needs.
 *
 * @example Replace one, keep the defaults of the others
 * ```ts
 * import { BootSentinel, type Ports } from "@boot-sentinel/boot-sentinel";
 *
 * const quiet: Partial<Ports> = { log() {} };
 * new BootSentinel({ dataDir: "/var/lib/app", exe: "/opt/app/server" }, quiet);
 * ```
 */
export interface Ports {
  /** The file system. */
  readonly fs: Fs;
  /** The lock that lets only one process at a time change the state. */
  readonly lock: Lock;
  /** The time. */
  readonly clock: Clock;
  /** Receives messages for people. */
  readonly log: Log;
  /** Operating system and processor. */
  readonly host: Host;
  /** Tells whether an earlier boot still runs. @default every start is a new boot */
  readonly processes?: Processes;
  /** Copies and moves directories of data. @default no snapshots of data */
  readonly trees?: DataTrees;
  /** Called with every event. @default none */
  readonly observe?: Observe;
}
