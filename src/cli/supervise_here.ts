/** `run --supervise`: the service as our child, with the same gate and probes. @module */
import { SentinelCore } from "../core/boot_sentinel.ts";
import type { SentinelOptions } from "../core/sentinel_options.ts";
import { parseExitCodes } from "../service/exit_code_list.ts";
import { superviseOnPosix } from "../service/supervise/host_posix.ts";
import type { Context } from "./command.ts";
import { healthPolicy } from "./health_settings.ts";

/** Supervises the program until it ends for good; returns its exit code. */
export async function superviseHere(context: Context, guarded: SentinelOptions): Promise<number> {
  const { settings, io, ports, rest = [] } = context;
  const sentinel = new SentinelCore(guarded, ports);
  const machine = await io.watching();
  const end = await superviseOnPosix({
    spec: { path: guarded.exe, argv: rest },
    boot: () => sentinel.boot(settings.maxAttempts),
    couldNotStart: (fault) => sentinel.couldNotStart(fault, settings.maxAttempts),
    reports: sentinel,
    policy: () => healthPolicy(settings),
    world: { now: machine.now, sleep: machine.sleep, io: machine.probes },
    exitOk: settings.exitOk === undefined ? [] : parseExitCodes(settings.exitOk),
    maxAttempts: settings.maxAttempts,
    afterRollback: settings.afterRollback,
    restart: settings.restart ?? "never",
    stopTimeoutMs: settings.stopTimeout,
    log: ports.log,
    announce: (deadlineMs) => sentinel.announceWatcher(machine.pid, deadlineMs),
  });
  return end.exitCode;
}
