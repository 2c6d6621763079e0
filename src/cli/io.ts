/** What the command line asks of the process it runs in. @module */
import type { Program } from "../system/linux/exec.ts";
import type { StartIo } from "../system/process/start_io.ts";
import type { UnitFiles } from "../system/tools/unit_files.ts";
import type { WatchIo } from "../system/process/watch_io.ts";

/**
 * The process's surroundings. Take `realIo` and replace what is to be another.
 *
 * @example Take output down, with an environment of one's own
 * ```ts
 * import { type Io, main, realIo, realPorts } from "@boot-sentinel/boot-sentinel/cli";
 * import { assertMatch } from "@std/assert";
 *
 * const written: string[] = [];
 * const io: Io = { ...realIo, env: { BOOT_SENTINEL_JSON: "1" }, stdout: (text) => void written.push(text) };
 * await main(["--version"], io, () => realPorts());
 * assertMatch(written.join(""), /^boot-sentinel \d/);
 * ```
 */
export interface Io {
  /** This executable's own path: what `service install` puts into a unit. */
  readonly self: string;
  /** The words that start this program again. */
  readonly selfWords: readonly [string, ...string[]];
  /** This machine's name. */
  readonly hostName: string;
  /** The runtime within, such as `bun 1.4.5`. */
  readonly runtime: string;
  /** The machine that this program is made for, such as `linux-x64`. */
  readonly target: string;
  /** The directory that relative paths start from. */
  readonly cwd: string;
  /** The environment; `BOOT_SENTINEL_*` in it are options. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** When this process began, milliseconds since the epoch. */
  readonly startedAt: number;
  /** True when standard output is a terminal that wants colours. */
  readonly colours: boolean;
  /** True when standard output is a terminal. */
  readonly terminal: boolean;
  /** Takes the answer of a command, all of it at once. */
  stdout(text: string): void;
  /** Takes help that nobody asked for; messages go to the log of the ports instead. */
  stderr(text: string): void;
  /** Replaces this process; returns only when that failed, with the errno's name. `nofile`: soft limit of open files. */
  become(program: Program, options: { nofile?: number }): string;
  /** The last words of this process's command line, byte for byte. */
  lastWords(count: number): readonly Uint8Array[];
  /** Does nothing for a while; `end`: it is time to stop waiting for good. */
  sleep(ms: number): "end" | void;
  /**
   * What starting a watcher takes; loaded only then.
   * @internal
   */
  starting(): Promise<StartIo>;
  /**
   * What watching a service takes; loaded only then.
   * @internal
   */
  watching(): Promise<WatchIo>;
  /**
   * What installing a service takes; loaded only then.
   * @internal
   */
  unitFiles(): Promise<UnitFiles>;
}
