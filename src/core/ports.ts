/**
 * What the core asks of the world. The core imports nothing but these interfaces; `src/system` holds the adapters.
 *
 * @module
 */
import type { Fs } from "./fs_port.ts";
import type { SentinelEvent } from "./state/history.ts";

export { type FileInfo, type Fs, FsError, type FsFault } from "./fs_port.ts";
export type { EventKind, SentinelEvent } from "./state/history.ts";

/** How a lock is held: by one, or by all who share it. */
export type Sharing = "exclusive" | "shared";

/** A lock that dies with its holder. */
export interface Lock {
  /**
   * Takes the lock at `path`, waiting at most `waitMs` milliseconds. `busy`: another process holds it.
   * `unavailable`: it cannot be made here (read-only directory, no permission for foreign functions).
   *
   * @param how `shared`: with others who share it; who takes it `exclusive` waits for them. @default "exclusive"
   */
  acquire(path: string, waitMs: number, how?: Sharing): LockHandle | "busy" | "unavailable";
}

/** A lock that is held. */
export interface LockHandle {
  /** Gives it back. */
  release(): void;
}

/** Time and the identity of this machine's boot. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. For records only: decisions count boots. */
  now(): number;
  /** Changes with every boot of the machine; `undefined` where that cannot be read. */
  bootId(): string | undefined;
}

/** How a message is meant; `debug` is for those who ask for it. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where messages go. */
export type Log = (level: LogLevel, message: string) => void;

/** The machine that programs must fit. */
export interface Host {
  /** The operating system. */
  readonly os: "linux" | "windows" | "other";
  /** The processor. */
  readonly arch: "x64" | "arm64" | "other";
}

/**
 * Told of every event, beside the history: hooks, webhooks and metrics attach here. Called under the lock.
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

/** Which program an event is about. */
export interface ProgramRef {
  /** The program's path. */
  readonly exe: string;
  /** Where its state files are. */
  readonly dataDir: string;
}

/**
 * All that the core needs of the outside.
 *
 * @example Replace one, keep the others
 * ```ts
 * import { BootSentinel, type Ports } from "@boot-sentinel/boot-sentinel";
 *
 * const quiet: Partial<Ports> = { log() {} };
 * new BootSentinel({ dataDir: "/var/lib/app", exe: "/opt/app/server" }, quiet);
 * ```
 */
export interface Ports {
  /** Files. */
  readonly fs: Fs;
  /** One change at a time. */
  readonly lock: Lock;
  /** Time. */
  readonly clock: Clock;
  /** Messages for people. */
  readonly log: Log;
  /** The machine. */
  readonly host: Host;
  /** Told of events. @default nobody */
  readonly observe?: Observe;
}
