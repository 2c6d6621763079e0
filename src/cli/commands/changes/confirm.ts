/** `confirm`: makes the live build last-good. @module */
import { type Confirmation, confirmedVersion } from "../../../core/changes/confirm.ts";
import { SentinelError } from "../../../core/errors.ts";
import type { HealthReport } from "../../../core/changes/reports.ts";
import { bootReports } from "../../../core/changes/reports.ts";
import { openToken } from "../../../core/gate/boot_token.ts";
import { State } from "../../../core/state/state.ts";
import { beginProbes, waitForHealth } from "../../../service/health/wait_for_health.ts";
import { healthWatch, showReport } from "../../../service/health/watcher.ts";
import type { ProcessIo } from "../../../system/process/process_io.ts";
import type { WatchedProcess } from "../../../system/linux/watched_process.ts";
import { answer, type Command, type Context, subjectFrom } from "../../command.ts";
import { EXIT } from "../../../core/exit_codes.ts";
import { healthPolicy } from "../../run/run_settings.ts";
import { DATA, EVENTS, HEALTH } from "../../options/options.ts";
import { reloadUnits } from "../../reload_units.ts";
import { sentinelOf } from "../../sentinel_of.ts";

const TEXTS: { readonly [Kind in Confirmation["kind"]]: (version: string, unnamed?: string) => string } = {
  promoted: (version) => `Confirmed ${version}: it is last-good now`,
  seeded: (version) => `Kept ${version} as last-good`,
  already: (version, unnamed) =>
    unnamed === undefined
      ? `${version} is last-good already`
      : `${version} is last-good already; its version was not known, and is recorded now (it was ${unnamed})`,
  notLive: (version) =>
    `Nothing was confirmed: the live build is not the armed one (${version}); start it with boot-sentinel run first`,
};

/** The command. */
export const command: Command = {
  usage: "--exe PATH [options]",
  summary: "Confirm that the live build is good: it becomes last-good",
  details: "With --wait it runs the probes first, unless the build is last-good already: exit 0 when the build is\n" +
    "confirmed, 1 when it is not healthy in time.",
  examples: [
    "boot-sentinel confirm --exe /opt/app/server",
    "ExecStartPost=/opt/app/boot-sentinel confirm --exe /opt/app/server --wait --probe tcp://127.0.0.1:80",
  ],
  page: "docs/probes.md",
  options: ["wait", "pid", ...DATA, ...HEALTH, ...EVENTS],
  positionals: [0, 0],
  async run(context) {
    await reloadUnits(context);
    return context.settings.wait ? await confirmWhenHealthy(context) : confirmNow(context);
  },
};

function confirmNow(context: Context): number {
  const confirmation = sentinelOf(context).confirmHealthy({ since: context.io.startedAt });
  const { kind, version } = confirmation;
  const unnamed = kind === "already" ? confirmation.unnamed : undefined;
  answer(context, TEXTS[kind](version, unnamed), { confirmed: kind !== "notLive", kind, version });
  return kind === "notLive" ? EXIT.no : EXIT.ok;
}

async function confirmWhenHealthy(context: Context): Promise<number> {
  const { settings, io, ports } = context;
  const subject = subjectFrom(context);
  const already = confirmedVersion(new State(ports, subject, new Map()));
  if (already !== undefined) {
    // There is nothing to wait for, but a version to record.
    if (settings.appVersion !== undefined) return confirmNow(context);
    answer(context, TEXTS.already(already), { confirmed: true, kind: "already", version: already });
    return EXIT.ok;
  }
  const reports = bootReports(ports, subject);
  const openTokenNow = () => openToken(new State(ports, subject));
  const before = openTokenNow();
  const pid = settings.pid ?? Number(io.env.get("MAINPID") || Number.NaN);
  const service = await serviceProcess(pid, io);
  const policy = healthPolicy(settings);
  const watch = healthWatch(service, io, ports.log);
  beginProbes(policy, watch.io);
  const verdict = await waitForHealth(policy, watch, { lenient: false, hurried: before?.hurried });
  if (verdict.kind === "healthy") {
    const report = reportHealthy();
    const { kind, version } = report;
    const confirmed = kind !== "superseded" && kind !== "notLive";
    const text = kind === "superseded" && sentinelOf(context).status().pending?.attempts === 0
      ? `Nothing was confirmed: no boot of ${version} was counted yet; start the service with boot-sentinel run`
      : showReport(report);
    answer(context, text, { confirmed, kind, version });
    return confirmed ? EXIT.ok : EXIT.no;
  }
  const reason = verdict.kind === "unhealthy" ? verdict.reason : "no longer running";
  const token = openTokenNow();
  if (token !== undefined && verdict.kind === "unhealthy") reports.unhealthy(token, reason);
  const counts = token === undefined ? "" : "; the attempt counts";
  throw new SentinelError("nothing", `Nothing was confirmed: the service is ${reason}${counts}`);

  /**
   * The gate may count this boot only after `confirm` has started. Then the token has changed since, but it is of the
   * same boot: the service has been one process during the whole wait.
   */
  function reportHealthy(): HealthReport {
    const first = before === undefined ? undefined : reports.healthy(before);
    if (first !== undefined && first.kind !== "superseded") return first;
    const now = openTokenNow();
    if (now !== undefined) return reports.healthy(now);
    const sentinel = sentinelOf(context);
    const { pending } = sentinel.status();
    // A build is armed, but no boot of it was counted: it will be live only at the next start.
    return pending === null
      ? sentinel.confirmHealthy({ since: io.startedAt })
      : { kind: "superseded", version: pending.version };
  }
}

async function serviceProcess(pid: number, io: ProcessIo): Promise<WatchedProcess> {
  // Without a process id only the probes decide.
  if (Number.isNaN(pid)) return { pid: 0, alive: () => true, signal: () => false, close: () => {} };
  const start = io.processStart(pid);
  const service = start === undefined ? undefined : await io.watchProcess(pid, start);
  if (service !== undefined) return service;
  throw new SentinelError("nothing", `Nothing was confirmed: process ${pid} does not run; the attempt counts`);
}
