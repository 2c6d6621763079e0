/** What the command line asks of the process it runs in. @module */
import type { Program } from "../run/program.ts";
import type { StartIo } from "../system/start_io.ts";
import type { UnitFiles } from "../system/unit_files.ts";
import type { WatchIo } from "../system/watch_io.ts";

/** The process's surroundings. */
export interface Io {
  /** This executable's own path. */
  readonly self: string;
  /** The words that start this program again. */
  readonly selfWords: readonly [string, ...string[]];
  /** This machine's name. */
  readonly hostName: string;
  /** The runtime within, such as `bun 1.4.5`, and the machine it is made for, such as `linux-x64`. */
  readonly runtime: string;
  readonly target: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** When this process began, milliseconds since the epoch. */
  readonly startedAt: number;
  /** True when standard output is a terminal that wants colours. */
  readonly colours: boolean;
  /** True when standard output is a terminal. */
  readonly terminal: boolean;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Replaces this process; returns only when that failed, with the errno's name. `nofile`: soft limit of open files. */
  become(program: Program, options: { nofile?: number }): string;
  /** The arguments of this process byte for byte; the last n of them are the last n of the command line. */
  rawArguments(): readonly Uint8Array[];
  /** Does nothing for a while; `end`: it is time to stop waiting for good. */
  sleep(ms: number): "end" | void;
  /** What starting a watcher takes; loaded only then. */
  starting(): Promise<StartIo>;
  /** What watching a service takes; loaded only then. */
  watching(): Promise<WatchIo>;
  /** What installing a service takes; loaded only then. */
  unitFiles(): Promise<UnitFiles>;
}
