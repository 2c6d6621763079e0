/** `run`: the main job. @module */
import { boot } from "../../core/boot.ts";
import type { BootOutcome } from "../../core/boot_outcome.ts";
import { messageOf } from "../../core/errors.ts";
import { subjectOf } from "../../core/sentinel_options.ts";
import { shellWord } from "../../core/shell_word.ts";
import type { BootTicket } from "../../core/ticket.ts";
import { type RunEnd, runGated } from "../../run/run.ts";
import { type Command, type Context, guarded } from "../command.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { findProgram } from "../find_program.ts";
import { RUN_OPTIONS } from "../run_options.ts";
import { dataDirOf } from "../settings.ts";

/** The command. */
export const command: Command = {
  usage: "[options] -- EXE [ARGS…]",
  summary: "Judge this boot, then become the service",
  details:
    "Counts this boot of a build that is not confirmed, puts last-good back when its chances are used up, and\n" +
    "replaces itself by the program: same process, same arguments, nothing left in memory.\n" +
    "On Windows it stays and hosts the program, in a console or as a service, and each of its starts is one boot.",
  examples: [
    "boot-sentinel run -- /opt/app/server --port 8080",
    "boot-sentinel run --data-dir /var/lib/app --max-attempts 5 -- /opt/app/server",
  ],
  options: RUN_OPTIONS,
  positionals: [0, 0],
  gate: true,
  run,
};

async function run(context: Context): Promise<number> {
  const word = context.rest?.[0];
  if (word === undefined || word === "") {
    throw new UsageError("Which program? Put it after --: boot-sentinel run -- EXE [ARGS…]");
  }
  const { settings, io, ports } = context;
  const program = findProgram(word, context);
  const watched = ports.host.os !== "other" && settings.confirm !== "manual";
  const invocation = io.env["INVOCATION_ID"];
  const options = guarded(context, program.absolute, true, {
    watched,
    ...(invocation === undefined ? {} : { invocation }),
  });
  const subject = subjectOf(options);
  if (settings.dryRun) return rehearse(boot(ports, subject, settings.maxAttempts), word, context);
  if (ports.host.os === "windows") {
    const { runOnWindows } = await import("../run_windows.ts");
    return await runOnWindows(context, program.absolute, { watched });
  }
  if (settings.supervise && ports.host.os === "linux") {
    const { superviseHere } = await import("../supervise_here.ts");
    return await superviseHere(context, options);
  }
  const argv = io.rawArguments().slice(-(context.rest?.length ?? 0));
  // The program is started under the very bytes it was named by; a bare name by the file that was found for it.
  const path = program.found ? new TextEncoder().encode(program.absolute) : argv[0] ?? new Uint8Array();
  const end = await runGated({
    boot: () => boot(ports, subject, settings.maxAttempts),
    couldNotStart: (fault) => boot(ports, subject, settings.maxAttempts, fault),
    become: () => io.become({ path, argv }, settings.nofile === undefined ? {} : { nofile: settings.nofile }),
    watch: (ticket) => startWatch(context, program.absolute, ticket),
    sleep: io.sleep,
    log: ports.log,
    maxAttempts: settings.maxAttempts,
  }, settings.afterRollback);
  return report(end, word, context);
}

/** What a judged boot would come to. */
function rehearse(outcome: BootOutcome, word: string, { settings, ports }: Context): number {
  const exits = outcome.kind === "rolledBack" && settings.afterRollback === "exit";
  ports.log("info", exits ? `would exit ${EXIT.rolledBack}` : `would start ${word}`);
  return EXIT.ok;
}

/** Has this boot watched, by a process that is not the service's child. */
async function startWatch(context: Context, exe: string, ticket: BootTicket): Promise<void> {
  const { io, ports, settings, words } = context;
  const failure = await tryWatch();
  if (failure === undefined) return;
  ports.log(
    "warn",
    `Cannot watch this boot: ${failure}; the service is started all the same; once it is healthy, confirm it: ` +
      `boot-sentinel confirm --exe ${shellWord(exe)} --data-dir ${shellWord(dataDirOf(settings, exe, io))}`,
  );

  async function tryWatch(): Promise<string | undefined> {
    try {
      const machine = await io.starting();
      const start = machine.ownStart();
      if (start === undefined) return "this system has no /proc";
      const boot = [String(machine.pid), start, JSON.stringify(ticket)];
      const where = [...words, "--exe", exe, "--data-dir", dataDirOf(settings, exe, io)];
      // What a file was before the service began must be seen before it begins.
      const ready = [...settings.probe ?? [], ...settings.advisoryProbe ?? []].some((probe) =>
        probe.startsWith("file:")
      );
      const watch = [...io.selfWords, "watch"];
      return machine.startApart([...watch, "on", ...boot, ...where], [...watch, "begin", ...boot, ...where], { ready });
    } catch (error) {
      return messageOf(error);
    }
  }
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
