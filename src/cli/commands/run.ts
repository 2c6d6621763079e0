/** `run`: the main job. @module */
import { boot } from "../../core/gate/boot.ts";
import type { BootOutcome } from "../../core/gate/outcome.ts";
import { subjectOf } from "../../core/sentinel_options.ts";
import { type Command, type Context, guarded } from "../command.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { findProgram } from "../find_program.ts";
import { RUN_OPTIONS } from "../options/run_options.ts";
import { type Start, startGated } from "../start.ts";

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
  const { settings, io, ports } = context;
  const start = startOf(context);
  if (settings.dryRun) {
    return rehearse(boot(ports, subjectOf(start.guarded), settings.maxAttempts), start.word, context);
  }
  if (ports.host.os === "windows") {
    const { runOnWindows } = await import("../run_windows.ts");
    return await runOnWindows(context, start.guarded);
  }
  if (settings.supervise && ports.host.os === "linux") {
    const { superviseHere } = await import("../supervise_here.ts");
    return await superviseHere(context, start.guarded);
  }
  return await startGated(start, io, ports);
}

/** What the command line, the environment and the configuration come to. */
export function startOf(context: Context): Start {
  const { settings, io, ports, rest = [] } = context;
  const [word = ""] = rest;
  if (word === "") throw new UsageError("Which program? Put it after --: boot-sentinel run -- EXE [ARGS…]");
  const program = findProgram(word, context);
  const invocation = io.env["INVOCATION_ID"];
  const probes = [...settings.probe ?? [], ...settings.advisoryProbe ?? []];
  return {
    guarded: guarded(context, program.absolute, true, {
      watched: ports.host.os !== "other" && settings.confirm !== "manual",
      ...(invocation === undefined ? {} : { invocation }),
    }),
    word,
    words: rest.length,
    // The program is started under the very bytes it was named by; a bare name by the file that was found for it.
    file: program.found ? program.absolute : undefined,
    maxAttempts: settings.maxAttempts,
    afterRollback: settings.afterRollback,
    nofile: settings.nofile,
    ownWords: context.words,
    // What a file was before the service began must be seen before it begins.
    watcherFirst: probes.some((probe) => probe.startsWith("file:")),
  };
}

/** What a judged boot would come to. */
function rehearse(outcome: BootOutcome, word: string, { settings, ports }: Context): number {
  const exits = outcome.kind === "rolledBack" && settings.afterRollback === "exit";
  ports.log("info", exits ? `would exit ${EXIT.rolledBack}` : `would start ${word}`);
  return EXIT.ok;
}
