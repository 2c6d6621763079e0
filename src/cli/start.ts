/** The main job, once it is known which program is to be started and how: judge the boot, then become the program. @module */
import { boot } from "../core/gate/boot.ts";
import { messageOf } from "../core/errors.ts";
import type { Ports } from "../core/ports.ts";
import { type SentinelOptions, subjectOf } from "../core/sentinel_options.ts";
import { shellWord } from "../core/shell_word.ts";
import type { BootTicket } from "../core/gate/boot_token.ts";
import { type RunEnd, runGated } from "../service/run.ts";
import { EXIT } from "./exit_codes.ts";
import type { Io } from "./io.ts";

/** A program that is to be started behind the gate. */
export interface Start {
  readonly guarded: SentinelOptions;
  /** The program as it was named. */
  readonly word: string;
  /** How many of the last words of the command line are the program's own. */
  readonly words: number;
  /** The file to start, where that is not the word byte for byte. */
  readonly file?: string | undefined;
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  readonly nofile?: number | undefined;
  /** The gate's own words: a watcher is to know them. */
  readonly ownWords: readonly string[];
  /** Start the program only when the watcher has looked at what the program will change. */
  readonly watcherFirst: boolean;
}

/** What that takes of the process. */
export type StartingIo = Pick<Io, "become" | "lastWords" | "selfWords" | "sleep" | "starting">;

/** Judges the boot and becomes the program; returns the exit code when that could not be. */
export async function startGated(start: Start, io: StartingIo, ports: Ports): Promise<number> {
  const { maxAttempts, nofile } = start;
  const subject = subjectOf(start.guarded);
  const argv = io.lastWords(start.words);
  const path = start.file === undefined ? argv[0] ?? new Uint8Array() : new TextEncoder().encode(start.file);
  const end = await runGated({
    boot: () => boot(ports, subject, maxAttempts),
    couldNotStart: (fault) => boot(ports, subject, maxAttempts, fault),
    become: () => io.become({ path, argv }, nofile === undefined ? {} : { nofile }),
    watch: (ticket) => startWatch(start, ticket, io, ports),
    sleep: io.sleep,
    log: ports.log,
    maxAttempts,
  }, start.afterRollback);
  return report(end, start.word, ports);
}

/** Has this boot watched, by a process that is not the service's child. */
async function startWatch(start: Start, ticket: BootTicket, io: StartingIo, ports: Ports): Promise<void> {
  const { exe, dataDir } = start.guarded;
  const failure = await tryWatch();
  if (failure === undefined) return;
  ports.log(
    "warn",
    `Cannot watch this boot: ${failure}; the service is started all the same; once it is healthy, confirm it: ` +
      `boot-sentinel confirm --exe ${shellWord(exe)} --data-dir ${shellWord(dataDir)}`,
  );

  async function tryWatch(): Promise<string | undefined> {
    try {
      const machine = await io.starting();
      const began = machine.ownStart();
      if (began === undefined) return "this system has no /proc";
      const which = [String(machine.pid), began, JSON.stringify(ticket)];
      const where = [...start.ownWords, "--exe", exe, "--data-dir", dataDir];
      const watch = [...io.selfWords, "watch"];
      return machine.startApart([...watch, "on", ...which, ...where], [...watch, "begin", ...which, ...where], {
        ready: start.watcherFirst,
      });
    } catch (error) {
      return messageOf(error);
    }
  }
}

function report(end: RunEnd, word: string, { log }: Ports): number {
  switch (end.kind) {
    case "rolledBack":
      return EXIT.rolledBack;
    case "notFound":
      log(
        "error",
        `Cannot start ${word}: it does not exist (${end.errno}), and there is no valid last-good; install it`,
      );
      return EXIT.notFound;
    case "notExecutable":
      log(
        "error",
        `Cannot start ${word}: the system answered ${end.errno}, and there is no valid last-good; install a good build`,
      );
      return EXIT.notExecutable;
  }
}
