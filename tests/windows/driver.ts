/**
 * A small program around the Windows layer, for the tests; compiled, it is the service.
 *
 *   driver host [--log FILE] [--boots FILE] [--restart P] [--stop-timeout MS] [--breakaway] [--rollback FILE]
 *               [--gate-ms MS] [--raise-ctrl-c] [--interrupt-when FILE] -- EXE [ARGS…]
 *   driver lock FILE UP      holds the lock and says "held" in the file UP
 *   driver hold FILE UP MS   holds FILE so long, sharing only reading, as a virus scanner may
 *   driver install NAME EXE [ARGS…] | show NAME | start NAME | uninstall NAME
 *
 * `--boots` gets a line for each start; `--rollback FILE` puts FILE in EXE's place before the fourth start, as the gate
 * will; `--gate-ms` holds every start up that long; `--raise-ctrl-c` sends the driver itself a Ctrl+C before each start, `--interrupt-when` sends its group one when FILE is there.
 */
import { appendFileSync, copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileLog } from "../../src/service/supervise/log_file.ts";
import type { Next } from "../../src/service/supervise/supervisor.ts";
import { hostInConsole } from "../../src/service/supervise/windows_launcher.ts";
import { hostAsService } from "../../src/service/supervise/windows_service.ts";
import type { RestartPolicy } from "../../src/service/supervise/restart_policy.ts";
import { openLibrary } from "../../src/system/ffi/ffi.ts";
import { sendBreak } from "../../src/system/windows/console.ts";
import { windowsLock } from "../../src/system/windows/lock.ts";
import { exitProcess, type ProgramSpec } from "../../src/system/windows/process.ts";
import {
  installService,
  showService,
  startService,
  uninstallService,
} from "../../src/system/windows/service_manager.ts";
import { moveWriteThrough } from "../../src/system/windows/move.ts";
import { sleepSync, wide } from "../../src/system/windows/win32.ts";

const words = process.argv.slice(2);
exitProcess(await main(words));

async function main([command, ...rest]: string[]): Promise<number> {
  const [name = "", exe = "", ...args] = rest;
  switch (command) {
    case "host":
      return await host(rest);
    case "install":
      installService({ name, program: exe, args, description: "A test", start: "demand" }).forEach((w) =>
        console.log(w)
      );
      return 0;
    case "show":
      console.log(JSON.stringify(showService(name)));
      return 0;
    case "lock":
      return await holdLock(name, exe);
    case "hold":
      return hold(name, exe, Number(args[0]));
    case "start":
      startService(name);
      return 0;
    case "uninstall":
      uninstallService(name);
      return 0;
    default:
      return 64;
  }
}

async function host(rest: string[]): Promise<number> {
  const split = rest.indexOf("--");
  const [exe = "", ...args] = rest.slice(split + 1);
  const flags = rest.slice(0, split);
  const value = (flag: string) => flags.includes(flag) ? flags[flags.indexOf(flag) + 1] : undefined;
  const logFile = value("--log");
  const log = logFile === undefined ? () => {} : fileLog(logFile);
  const boots = value("--boots");
  let count = 0;
  const options = () => ({
    log,
    restart: (value("--restart") ?? "never") as RestartPolicy,
    stopTimeoutMs: Number(value("--stop-timeout") ?? 15_000),
    nextRequestMs: Number(value("--ask-every") ?? 3_000),
    delays: { firstMs: 50 },
    beforeStart(): Next<ProgramSpec> {
      count++;
      if (boots !== undefined) appendFileSync(boots, `${count}\n`);
      sleepSync(Number(value("--gate-ms") ?? 0));
      if (flags.includes("--raise-ctrl-c")) log("info", `raised ${raiseCtrlC()}`);
      const good = value("--rollback");
      const changed = good !== undefined && count === 4;
      if (changed) putBack(good, exe);
      return { kind: "start", spec: { exe, args, breakaway: flags.includes("--breakaway") }, resetDelays: changed };
    },
  });
  const signal = value("--interrupt-when");
  if (signal !== undefined) interruptWhen(signal);
  log("info", `Driver ${process.pid} begins`);
  try {
    const asService = await hostAsService(options);
    if (asService !== undefined) return 0;
    log("info", "Not a service");
    return (await hostInConsole(options())).exitCode;
  } catch (error) {
    log("error", String(error));
    throw error;
  } finally {
    log("info", `Driver ${process.pid} ends`);
  }
}

/** Holds the lock until the process is killed. */
function holdLock(path: string, up: string): Promise<never> {
  const held = windowsLock.acquire(path, 0);
  writeFileSync(up, typeof held === "string" ? held : "held");
  return new Promise(() => setInterval(() => held, 1000));
}

/** Has a file open for a while. */
function hold(path: string, up: string, forMs: number): number {
  const symbols = { CreateFileW: [["ptr", "u32", "u32", "u64", "u32", "u32", "u64"], "u64"] } as const;
  const handle = openLibrary("kernel32.dll", symbols).CreateFileW(wide(path), 0x8000_0000, 1, 0n, 3, 0, 0n);
  writeFileSync(up, `${handle}`);
  sleepSync(forMs);
  return 0;
}

/** Sends Ctrl+C to all programs of this console that have not switched it off. */
function raiseCtrlC(): boolean {
  const kernel = openLibrary("kernel32.dll", { GenerateConsoleCtrlEvent: [["u32", "u32"], "i32"] });
  return kernel.GenerateConsoleCtrlEvent(0, 0) !== 0;
}

/** Sends this process's own group Ctrl+Break (wine: Ctrl+C) when a file is there. */
function interruptWhen(file: string): void {
  const kernel = openLibrary("kernel32.dll", { SetConsoleCtrlHandler: [["u64", "i32"], "i32"] });
  // The leader of a new group has Ctrl+C switched off.
  kernel.SetConsoleCtrlHandler(0n, 0);
  const timer = setInterval(() => {
    if (!existsSync(file)) return;
    clearInterval(timer);
    sendBreak(process.pid);
  }, 20);
}

function putBack(good: string, exe: string): void {
  const aside = `${exe}.rollback-bak`;
  rmSync(aside, { force: true });
  renameSync(exe, aside);
  copyFileSync(good, `${exe}.new`);
  moveWriteThrough(`${exe}.new`, exe);
  if (!existsSync(exe) || readFileSync(exe).length === 0) throw new Error(`No program at ${exe} after the rollback`);
}
