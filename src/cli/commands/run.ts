/** `run`: the main job. @module */
import type { SentinelCore } from "../../core/boot_sentinel.ts";
import { type RunEnd, runGated } from "../../run/run.ts";
import { type Command, type Context, sentinelOf } from "../command.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { EVENTS } from "../options.ts";
import { findProgram } from "../find_program.ts";

/** The command. */
export const command: Command = {
  usage: "[options] -- EXE [ARGS…]",
  summary: "Judge this boot, then become the service",
  details:
    "Counts this boot of a build that is not confirmed, puts last-good back when its chances are used up, and\n" +
    "replaces itself by the program: same process, same arguments, nothing left in memory.",
  examples: [
    "boot-sentinel run -- /opt/app/server --port 8080",
    "boot-sentinel run --data-dir /var/lib/app --max-attempts 5 -- /opt/app/server",
  ],
  options: ["after-rollback", "confirm", "nofile", "after-rollback-hook", "data-hook-timeout", ...EVENTS],
  positionals: [0, 0],
  gate: true,
  run,
};

function run(context: Context): number {
  const word = context.rest?.[0];
  if (word === undefined || word === "") {
    throw new UsageError("Which program? Put it after --: boot-sentinel run -- EXE [ARGS…]");
  }
  const { settings, io, ports } = context;
  const program = findProgram(word, context);
  const sentinel: SentinelCore = sentinelOf(context, program.absolute);
  if (settings.dryRun) return rehearse(sentinel, word, context);
  const argv = io.rawArguments().slice(-(context.rest?.length ?? 0));
  // The program is started under the very bytes it was named by; a bare name by the file that was found for it.
  const path = program.found ? new TextEncoder().encode(program.absolute) : argv[0] ?? new Uint8Array();
  const end = runGated({
    boot: () => sentinel.boot(settings.maxAttempts),
    couldNotStart: (fault) => sentinel.couldNotStart(fault, settings.maxAttempts),
    become: () => io.become({ path, argv }, settings.nofile === undefined ? {} : { nofile: settings.nofile }),
    sleep: io.sleep,
    log: ports.log,
    maxAttempts: settings.maxAttempts,
  }, settings.afterRollback);
  return report(end, word, context);
}

/** Judges this boot and starts nothing. */
function rehearse(sentinel: SentinelCore, word: string, { settings, ports }: Context): number {
  const outcome = sentinel.boot(settings.maxAttempts);
  const exits = outcome.kind === "rolledBack" && settings.afterRollback === "exit";
  ports.log("info", exits ? `would exit ${EXIT.rolledBack}` : `would start ${word}`);
  return EXIT.ok;
}

function report(end: RunEnd, word: string, { ports }: Context): number {
  switch (end.kind) {
    case "rolledBack":
      return EXIT.rolledBack;
    case "notFound":
      ports.log(
        "error",
        `Cannot start ${word}: it does not exist (${end.errno}), and there is no valid last-good; install it`,
      );
      return EXIT.notFound;
    case "notExecutable":
      ports.log(
        "error",
        `Cannot start ${word}: the system answered ${end.errno}, and there is no valid last-good; install a good build`,
      );
      return EXIT.notExecutable;
  }
}
