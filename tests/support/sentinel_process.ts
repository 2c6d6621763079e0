/** The command line as a real process: the runtime that runs the tests, or a compiled executable. @module */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ENTRY = fileURLToPath(new URL("../../src/cli/entry.ts", import.meta.url));

/** The words that start boot-sentinel; `SENTINEL_UNDER_TEST` names a compiled executable. */
export function sentinelWords(): string[] {
  const compiled = process.env["SENTINEL_UNDER_TEST"];
  if (compiled !== undefined) return [compiled];
  return scriptWords(ENTRY);
}

/** The words that start a script of this project with the runtime that runs the tests. */
export function scriptWords(script: string): string[] {
  const runtime = "bun" in process.versions ? ["run"] : ["run", "--allow-all", "--no-check", "--quiet"];
  return [process.execPath, ...runtime, script];
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what a process runs. */
export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Words that start the program, such as `prlimit --nofile=20`. */
  readonly under?: readonly string[];
  /** After that time the process is killed. @default never */
  readonly timeoutMs?: number;
}

/** Runs boot-sentinel to its end. */
export function sentinel(args: readonly string[], options: ProcessOptions = {}): Ended {
  const [program = "", ...words] = sentinelWords();
  if (process.platform !== "win32") return runProcess(program, [...words, ...args], options);
  // There run stays and would start the program again by itself.
  const env = { BOOT_SENTINEL_RESTART: "never", ...options.env };
  const ended = runProcess(program, [...words, ...args], { ...options, env });
  // Bun says this under wine of every package.json that it reads.
  const stderr = ended.stderr.replaceAll(/^Internal error: directory mismatch .*\r?\n/gm, "");
  return { ...ended, stdout: ended.stdout.replaceAll("\r\n", "\n"), stderr };
}

/** How often a program is started that the system did not even begin: wine now and then fails to once. */
const STARTS = process.platform === "win32" ? 3 : 1;

/** Runs any program to its end. Throws when it was never started. */
export function runProcess(program: string, args: readonly string[], options: ProcessOptions = {}): Ended {
  const [first = program, ...words] = [...options.under ?? [], program, ...args];
  for (let start = 1;; start++) {
    const { error, status, signal, stdout, stderr } = spawnSync(first, words, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      encoding: "utf8",
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: "SIGKILL" }),
    });
    if (typeof stdout === "string" && typeof stderr === "string") return { code: status, signal, stdout, stderr };
    if (start === STARTS) throw error ?? new Error(`${program} was not started`);
  }
}
