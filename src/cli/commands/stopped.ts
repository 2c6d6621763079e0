/** `stopped`: cancels the attempt of a service that was stopped on request, for `ExecStopPost=`. @module */
import { recordEndOfConfirmed } from "../../service/crash_loop.ts";
import { howEnded } from "../../service/how_ended.ts";
import { journalWords } from "../../service/last_words.ts";
import { parseExitCodes, reasonOfStop, type ServiceEnd } from "../../service/stopped.ts";
import { type EndedRun, endedRun, isStopRequested } from "../../service/install/systemd/ask_systemd.ts";
import { steadyOutcome } from "../../core/gate/steady.ts";
import { type BootReports, bootReports } from "../../core/changes/reports.ts";
import { confirmedVersionOf, mayHaveCrashes, ownCrashes } from "../../core/state/crashes.ts";
import { State } from "../../core/state/state.ts";
import type { ServiceUnit } from "../../system/linux/proc.ts";
import { answer, type Command, type Context, type EarlyContext, subjectFrom } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { reloadUnits } from "../reload_units.ts";
import { EVENTS } from "../options/options.ts";

/** The unit that has ended. It runs this command, so it is known without `--unit`, too. */
function unitFrom({ settings, io }: Context): ServiceUnit | undefined {
  const own = io.unitOf("self");
  return settings.unit === undefined ? own : { name: settings.unit, isUsers: own?.isUsers ?? false };
}

/** Whether this boot was not counted, as nearly all are, and its end is not either. */
function isUncounted(context: EarlyContext): boolean {
  const { settings, ports, io } = context;
  // Members that a rollback put back can be unit files that systemd has to read.
  if (settings.with !== undefined && settings.with.length > 0) return false;
  if (settings.json || (settings.crashLoop > 0 && io.env.get("SERVICE_RESULT") !== undefined)) return false;
  return steadyOutcome(ports.fs, subjectFrom(context, { watched: true })) !== undefined;
}

/** How the service ended, as systemd says. `stopJob` is looked up. */
async function endOf({ io }: Context, unit: ServiceUnit | undefined): Promise<ServiceEnd> {
  const { env } = io;
  // Without systemd nobody was asked to stop the service.
  const isManaged = io.hasSystemd() || env.get("INVOCATION_ID") !== undefined;
  return {
    result: env.get("SERVICE_RESULT"),
    exitCode: env.get("EXIT_CODE"),
    exitStatus: env.get("EXIT_STATUS"),
    stopJob: unit === undefined ? undefined : isManaged ? await isStopRequested(unit, io.systemctl) : false,
  };
}

/** How a command of a unit can end, whichever it is. */
const COMMAND_RESULTS: readonly string[] = ["exit-code", "signal", "core-dump", "timeout"];

/** How a start ended, and how that is told. */
interface ToldEnd {
  readonly end: ServiceEnd;
  readonly how: string | undefined;
}

/** How a start ended. What systemd knows of a main process that was not started is of the start before. */
async function toldEnd(context: Context, unit: ServiceUnit | undefined, run: EndedRun | undefined): Promise<ToldEnd> {
  const end = await endOf(context, unit);
  if (run?.started !== false) return { end, how: howEnded(end) };
  const known = { ...end, exitCode: undefined, exitStatus: undefined };
  const isCommand = COMMAND_RESULTS.includes(end.result ?? "");
  return { end: known, how: isCommand ? `a command before its start failed (${end.result})` : howEnded(known) };
}

/** The end of a start of the confirmed build. A start that lasted is nothing to ask about. */
async function endConfirmed(context: Context, reports: BootReports, state: State): Promise<void> {
  const { settings, io, ports } = context;
  const crashLoop = { limit: settings.crashLoop, withinMs: settings.healthyAfter };
  const unit = unitFrom(context);
  const run = unit && await endedRun(unit, io.systemctl);
  if (run === undefined) return;
  const hasLasted = run.ranMs >= crashLoop.withinMs;
  if (hasLasted && !mayHaveCrashes(ports.fs, state.subject)) return;
  const invocation = io.env.get("INVOCATION_ID");
  const { end, how } = await toldEnd(context, unit, run);
  const reason = reasonOfStop(end, settings.exitOk === undefined ? [] : parseExitCodes(settings.exitOk));
  const { count = 0, looping = false } = ownCrashes(state) ?? {};
  const isTold = reason === undefined && !hasLasted && !looping && count + 1 >= crashLoop.limit;
  const words = isTold && !settings.noLastWords ? await journalWords(invocation, io) : undefined;
  recordEndOfConfirmed({ reports, log: ports.log, crashLoop }, {
    ranMs: run.ranMs,
    reason,
    how: how ?? "an unknown end",
    words,
    invocation,
  });
}

/** The command. */
export const command: Command = {
  usage: "--exe PATH [--unit UNIT] [--exit-ok CODES] [options]",
  summary: "Do not count a boot that was stopped on request (systemctl stop, shutdown)",
  details:
    "For ExecStopPost=, where systemd passes how the service ended. A crash still counts. A confirmed build that\n" +
    "ends right after each start is told as crash-looping. Always exits with 0.",
  examples: ["ExecStopPost=-+/usr/local/bin/boot-sentinel stopped --name app --unit %n"],
  page: "docs/systemd.md",
  options: [
    "unit",
    "instance",
    "exitOk",
    "noLastWords",
    "healthyAfter",
    "crashLoop",
    "rescue",
    "dataHookTimeout",
    ...EVENTS,
  ],
  positionals: [0, 0],
  gate: true,
  // Nothing is counted at nearly all boots; then systemd need not be asked.
  early: (context) => isUncounted(context) ? EXIT.ok : undefined,
  async run(context) {
    const { settings, io, ports } = context;
    // The start that may follow has the settings of the unit files that are there now.
    await reloadUnits(context);
    const subject = subjectFrom(context, { watched: true });
    const reports = bootReports(ports, subject);
    try {
      const state = new State(ports, subject);
      if (confirmedVersionOf(state) !== undefined) {
        if (settings.crashLoop > 0) await endConfirmed(context, reports, state);
        if (settings.json) answer(context, "", { refunded: false, reason: null });
        return EXIT.ok;
      }
      const unit = unitFrom(context);
      const { end, how } = await toldEnd(context, unit, unit && await endedRun(unit, io.systemctl));
      const reason = reasonOfStop(end, settings.exitOk === undefined ? [] : parseExitCodes(settings.exitOk));
      const invocation = io.env.get("INVOCATION_ID");
      const uncounted = reason !== undefined && reports.stopped(reason, { invocation });
      if (reason === undefined && how !== undefined) {
        reports.ended(how, settings.noLastWords ? undefined : await journalWords(invocation, io), { invocation });
      }
      if (uncounted) ports.log("info", `This boot does not count as an attempt: ${reason}`);
      if (settings.json) answer(context, "", { refunded: uncounted, reason: reason ?? null });
    } catch (error) {
      // An exit code other than 0 would make systemd mark the unit as failed.
      ports.log("warn", `Cannot record the end of the service: ${error instanceof Error ? error.message : error}`);
    }
    return EXIT.ok;
  },
};
