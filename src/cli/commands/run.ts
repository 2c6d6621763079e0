/** `run`: the main job. @module */
import { steadyOutcome } from "../../core/gate/steady.ts";
import type { Start } from "../run/start.ts";
import { type Command, type Context, type EarlyContext, subjectFrom } from "../command.ts";
import { UsageError } from "../cli_errors.ts";
import { findProgram } from "../run/find_program.ts";
import { RUN_OPTIONS } from "../options/run_options.ts";

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
  early: becomeSteady,
  run,
};

/** Becomes the service when nothing is to be judged. Returns when it is, or when the program could not be started. */
function becomeSteady(context: EarlyContext): undefined {
  const { io, ports, settings } = context;
  if (ports.host.os !== "linux" || settings.supervise) return;
  const { subject, program, nofile } = startOf(context);
  const outcome = steadyOutcome(ports.fs, subject);
  // A first build is watched, which takes more than this.
  if (outcome !== undefined && outcome.token === undefined) io.exec(program, { ...nofile });
}

async function run(context: Context): Promise<number> {
  const { settings, io, ports } = context;
  const start = startOf(context);
  if (settings.dryRun) {
    const { rehearse } = await import("../run/start.ts");
    return rehearse(start, ports);
  }
  if (ports.host.os === "windows") {
    const { runOnWindows } = await import("../run/windows.ts");
    return await runOnWindows(context, start.subject);
  }
  if (settings.supervise && ports.host.os === "linux") {
    const { runSupervised } = await import("../run/linux.ts");
    return await runSupervised(context, start.subject);
  }
  const { startGated } = await import("../run/start.ts");
  return await startGated(start, io, ports);
}

/** What the command line, the environment and the configuration come to. */
export function startOf(context: EarlyContext): Start {
  const { settings, io, ports, rest = [], own } = context;
  const [word = ""] = rest;
  if (word === "") throw new UsageError("Which program? Put it after --: boot-sentinel run -- EXE [ARGS…]");
  const { absolute: exe, found } = findProgram(word, context);
  const probes = [...settings.probe ?? [], ...settings.advisoryProbe ?? []];
  const argv = io.lastArguments(rest.length);
  return {
    subject: subjectFrom(context, {
      exe,
      watched: ports.host.os !== "other" && settings.confirm !== "manual",
      invocation: io.env.get("INVOCATION_ID"),
    }),
    word,
    // The program is started under the very bytes it was named by; a bare name by the file that was found for it.
    program: { path: found ? new TextEncoder().encode(exe) : argv[0] ?? new Uint8Array(), argv },
    nofile: settings.nofile === undefined ? {} : { nofile: settings.nofile },
    afterRollback: settings.afterRollback,
    own,
    // What a file was before the service began must be seen before it begins.
    watcherFirst: () => probes.some((probe) => probe.startsWith("file:")),
  };
}
