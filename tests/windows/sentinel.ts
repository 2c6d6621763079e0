/** The compiled boot-sentinel.exe under test, and services behind it. @module */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { showService, startService, stopService } from "../../src/system/windows/service_manager.ts";
import { CHILD, textOf, until } from "./support.ts";

/** The compiled executable (`build.ts --target windows-x64`). */
export const SENTINEL = process.env.BOOT_SENTINEL_TEST_EXE ?? "";

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export function sentinel(...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(SENTINEL, args, { encoding: "utf8", timeout: 100_000 });
  return { code: status, stdout, stderr };
}

/** A command that has to succeed. */
export function must(...args: string[]): string {
  const { code, stdout, stderr } = sentinel(...args);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

/** Starts a command and leaves it running. */
export function begin(...args: string[]): ChildProcess {
  return spawn(SENTINEL, args, { stdio: "ignore" });
}

/** A build of the test program: its options are part of the file. */
export function build(path: string, options: string): string {
  copyFileSync(CHILD, path);
  appendFileSync(path, `SVC_CHILD:${options}`);
  return path;
}

/** What `status --json` says. */
export function statusOf(exe: string): {
  state: string;
  pending: { attempts: number } | null;
  lastGood: { version: string; proven: boolean } | null;
  quarantined: string[];
  watcher: { pid: number } | null;
} {
  const status = JSON.parse(must("status", "--json", "--exe", exe));
  return { ...status, quarantined: status.quarantined.map(({ version }: { version: string }) => version) };
}

/** The process id in a heartbeat; 0 while there is none. */
export function pidIn(heartbeat: string): number {
  return Number(textOf(heartbeat).split(" ")[1] ?? 0);
}

/** True while the process runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A service behind the compiled executable. */
export interface TestService {
  readonly name: string;
  readonly exe: string;
  /** Where the program writes "VERSION PID" once it is up. */
  readonly up: string;
  readonly log: string;
  start(): void;
  stop(): void;
  /** Its state, pid and exit code now. */
  show(): NonNullable<ReturnType<typeof showService>>;
  state(wanted: string): Promise<void>;
  /** Waits until this version is up. */
  version(version: string): Promise<void>;
}

let services = 0;

/** Installs a service with version 1.0.0 by `service install`, and uninstalls it after. */
export async function withGuarded(
  dir: string,
  options: readonly string[],
  args: readonly string[],
  use: (service: TestService) => Promise<void>,
): Promise<void> {
  const name = `sentinel-run-${Date.now()}-${process.pid}-${++services}`;
  const [exe, up, log] = [build(join(dir, "svc.exe"), "--version 1.0.0"), join(dir, "up"), join(dir, "log")];
  must("service", "install", name, "--log-file", log, ...options, "--", exe, "--heartbeat", up, ...args);
  const show = () => showService(name) ?? fail(name);
  const waiting = async (what: string, condition: () => boolean) => {
    try {
      await until(what, condition, 60_000);
    } catch (error) {
      throw new Error(`${error}; the service is ${JSON.stringify(show())}; its log:\n${textOf(log)}`);
    }
  };
  try {
    await use({
      name,
      exe,
      up,
      log,
      show,
      start: () => startService(name),
      stop: () => stopService(name),
      state: (wanted) => waiting(`the service is ${wanted}`, () => show().state === wanted),
      version: (version) => waiting(`${version} is up`, () => textOf(up).startsWith(`${version} `)),
    });
  } finally {
    must("service", "uninstall", name);
  }
}

function fail(name: string): never {
  throw new Error(`The service ${name} is not installed`);
}
