/** `run`: judges the boot and starts the program. @module */
import { steadyOutcome } from "../../core/gate/steady.ts";
import type { Start } from "../run/start.ts";
import { type Command, type Context, type EarlyContext, subjectFrom, watchedBy } from "../command.ts";
import { UsageError } from "../cli_errors.ts";
import { interpreterOf } from "../../service/interpreters.ts";
import { findProgram } from "../run/find_program.ts";
import { RUN_OPTIONS } from "../options/options.ts";

/** The command. */
export const command: Command = {
  usage: "[options] -- EXE [ARGS…]",
  summary: "Judge this boot, then start the service",
  details:
    "Counts each boot of a build that is not confirmed, puts last-good back after --max-attempts of these, and then\n" +
    "replaces itself by the program (exec): the same process id, the same arguments, nothing left in memory.\n" +
    "On Windows it stays as the parent of the program, in a console or as a service; each start is one boot.",
  examples: [
    "boot-sentinel run -- /opt/app/server --port 8080",
    "boot-sentinel run --data-dir /var/lib/app --max-attempts 5 -- /opt/app/server",
  ],
  page: "docs/containers.md",
  options: RUN_OPTIONS,
  positionals: [0, 0],
  gate: true,
  finds: "program",
  early: execIfSteady,
  run,
};

/**
 * The fast path: executes the program if nothing is pending. Returns if the boot has to be judged or watched, or the
 * program could not be executed.
 */
function execIfSteady(context: EarlyContext): undefined {
  const { io, ports, settings } = context;
  if (ports.host.os !== "linux" || settings.supervise) return;
  const { subject, program, nofile, unguarded } = startOf(context);
  if (unguarded !== undefined) return;
  const outcome = steadyOutcome(ports.fs, subject);
  // With a token the boot has to be watched: then `run` starts a watcher first.
  if (outcome !== undefined && outcome.token === undefined) io.exec(program, { ...nofile });
}

async function run(context: Context): Promise<number> {
  const { settings, io, ports } = context;
  const start = withInstance(startOf(context), context);
  if (settings.dryRun) {
    const { previewBoot } = await import("../run/start.ts");
    return previewBoot(start, ports);
  }
  if (ports.host.os === "windows") {
    const { runOnWindows } = await import("../run/windows.ts");
    return await runOnWindows(context, start);
  }
  if (settings.supervise && ports.host.os === "linux") {
    const { runSupervised } = await import("../run/linux.ts");
    return await runSupervised(context, start);
  }
  const { startGated } = await import("../run/start.ts");
  return await startGated(start, io, ports);
}

/** The same start, with the instance of a template that systemd runs this process in. A steady boot counts nothing. */
function withInstance(start: Start, { io }: EarlyContext): Start {
  const { subject } = start;
  if (subject.instance !== undefined || subject.invocation === undefined) return start;
  const unit = io.unitOf("self")?.name;
  return unit?.includes("@") === true ? { ...start, subject: { ...subject, instance: unit } } : start;
}

/** Why nothing is guarded at this start; `undefined` when something is. */
function unguardedReason(exe: string, guard: string | undefined): string | undefined {
  if ((guard ?? exe).includes("\uFFFD")) return `the path of ${guard ?? exe} is not UTF-8, so no state can name it`;
  if (guard !== undefined) return undefined;
  const interpreter = interpreterOf(exe);
  if (interpreter === undefined) return undefined;
  return `${exe} only runs another program; name the file that is updated: --guard FILE`;
}

/** The program to start, from the arguments and the settings. */
export function startOf(context: EarlyContext): Start {
  const { settings, io, ports, rest = [], ownArgs } = context;
  const [name = ""] = rest;
  if (name === "") throw new UsageError("No program is named: boot-sentinel run -- EXE [ARGS…]");
  const { absolute: exe, found } = findProgram(name, context);
  const probes = [...settings.probe ?? [], ...settings.advisoryProbe ?? []];
  const argv = io.lastArguments(rest.length);
  return {
    exe,
    unguarded: unguardedReason(exe, settings.guard),
    subject: subjectFrom(context, {
      exe,
      ...(ports.host.os === "other" ? {} : watchedBy(settings)),
      invocation: io.env.get("INVOCATION_ID"),
    }),
    name,
    // The path and the arguments are passed on as bytes, since they need not be UTF-8. A program that was found in PATH
    // is started by the path that was found.
    program: { path: found ? new TextEncoder().encode(exe) : argv[0] ?? new Uint8Array(), argv },
    nofile: settings.nofile === undefined ? {} : { nofile: settings.nofile },
    afterRollback: settings.afterRollback,
    ownArgs,
    // A `file:` probe has to record the file's state before the service changes it.
    watcherFirst: () => probes.some((probe) => probe.startsWith("file:")),
  };
}
