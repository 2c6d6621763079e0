/**
 * What the core asks of the world. The core imports nothing but these interfaces; `src/system` holds the adapters.
 *
 * @module
 */
import type { Fs } from "./fs_port.ts";
import type { SentinelEvent } from "./state/history.ts";

export { type FileInfo, type Fs, FsError, type FsFault } from "./fs_port.ts";

/**
 * How a lock is held: by one alone, or together with all who take it so.
 *
 * @example A lock that notes how it is taken
 * ```ts
 * import type { Lock, Sharing } from "@boot-sentinel/boot-sentinel";
 * import { assertEquals } from "@std/assert";
 *
 * const asked: Sharing[] = [];
 * const noting: Lock = {
 *   acquire(_path, _waitMs, how = "alone") {
 *     asked.push(how);
 *     return { release() {} };
 *   },
 * };
 * noting.acquire("/state/.lock", 0);
 * noting.acquire("/state/.lock", 0, "together");
 * assertEquals(asked, ["alone", "together"]);
 * ```
 */
export type Sharing = "alone" | "together";

/**
 * A lock that dies with its holder.
 *
 * @example One that is always free, for a test
 * ```ts
 * import type { Lock } from "@boot-sentinel/boot-sentinel";
 *
 * const free: Lock = { acquire: () => ({ release() {} }) };
 * ```
 */
export interface Lock {
  /**
   * Takes the lock at `path`, waiting at most `waitMs` milliseconds. `busy`: another process holds it.
   * `unavailable`: it cannot be made here (read-only directory, no permission for foreign functions).
   *
   * @param how `together`: with all who take it so; whoever takes it `alone` has to wait for them. @default "alone"
   */
  acquire(path: string, waitMs: number, how?: Sharing): Held | "busy" | "unavailable";
}

/**
 * A lock that is held.
 *
 * @example Whatever happens, give it back
 * ```ts
 * import type { Held } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 *
 * const held = memoryPorts(memoryFs()).lock.acquire("/state/.lock", 2000);
 * if (typeof held === "object") {
 *   const lock: Held = held;
 *   try {
 *     // … change something
 *   } finally {
 *     lock.release();
 *   }
 * }
 * ```
 */
export interface Held {
  /** Gives it back. */
  release(): void;
}

/**
 * Time and the identity of this machine's boot.
 *
 * @example One that stands still, for a test
 * ```ts
 * import type { Clock } from "@boot-sentinel/boot-sentinel";
 *
 * const clock: Clock = { now: () => Date.UTC(2026, 0, 1), bootId: () => undefined };
 * ```
 */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. For records only: decisions count boots. */
  now(): number;
  /** Changes with every boot of the machine; `undefined` where that cannot be read. */
  bootId(): string | undefined;
}

/**
 * How a message is meant; `debug` is for those who ask for it.
 *
 * @example Warnings and errors only
 * ```ts
 * import type { Log, LogLevel } from "@boot-sentinel/boot-sentinel";
 *
 * const loud: ReadonlySet<LogLevel> = new Set(["warn", "error"] as const);
 * const log: Log = (level, message) => loud.has(level) && console.error(message);
 * ```
 */
export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * Where messages go.
 *
 * @example Into the log of the service
 * ```ts
 * import { BootSentinel, type Log } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const log: Log = (level, message) => void lines.push(`${level}: ${message}`);
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, { ...memoryPorts(fs), log });
 * sentinel.armForSwap("/app", "2.0.0");
 * assertEquals(lines, []); // nothing to say
 * ```
 */
export type Log = (level: LogLevel, message: string) => void;

/**
 * The machine that programs must fit.
 *
 * @example A machine that runs ARM programs
 * ```ts
 * import type { Host } from "@boot-sentinel/boot-sentinel";
 *
 * const host: Host = { os: "linux", arch: "arm64" };
 * ```
 */
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
export type Observe = (event: SentinelEvent, place: Place) => void;

/**
 * Which program an event is about.
 *
 * @example Name the program in a message
 * ```ts
 * import type { Observe, Place } from "@boot-sentinel/boot-sentinel";
 *
 * const name = ({ exe }: Place): string => exe.split("/").at(-1) ?? exe;
 * const observe: Observe = (event, place) => console.log(`${name(place)}: ${event.event}`);
 * ```
 */
export interface Place {
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
