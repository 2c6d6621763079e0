/** Processes that a place of the benchmark has started: found, measured, ended by their id. @module */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";

/** The variable by which every process of a place is known. */
export const MARK = "BENCH_PLACE";

/** How long processes may take to be gone. */
const TIMEOUT_MS = 10_000;

/** The processes that were started for a directory, or for one below it. */
export function processesOf(place: string): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    const mark = read(pid, "environ").split("\0").find((line) => line.startsWith(`${MARK}=`))?.slice(MARK.length + 1);
    // monit gives its services an environment of its own making; their programs are in the directory.
    return mark === place || [mark, programOf(pid)].some((path) => path?.startsWith(`${place}/`));
  });
}

/** The file that a process runs; `undefined` when it is gone. */
export function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/** The command line of a process; empty when it is gone. */
export function wordsOf(pid: number): string[] {
  return read(pid, "cmdline").split("\0");
}

/**
 * The memory that processes hold together, MiB: proportional (shared pages divided), of that anonymous (the rest are
 * pages of files, which the system may drop and read again), and resident.
 */
export function memoryOf(pids: readonly number[]): { pss: number; anonymous: number; rss: number } {
  const sum = (key: string) =>
    pids.reduce((total, pid) => {
      const kib = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(read(pid, "smaps_rollup"))?.[1] ?? "0";
      return total + Number(kib) / 1024;
    }, 0);
  return { pss: sum("Pss"), anonymous: sum("Pss_Anon"), rss: sum("Rss") };
}

/** Ends all processes of a place, and others by their ids; resolves when they are gone. */
export async function endAll(place: string, others: readonly number[] = []): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    // The managers first: some would start the service again.
    const left = [...processesOf(place).filter((pid) => !others.includes(pid)), ...others].filter(isThere);
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`Processes ${left.join(", ")} are still there after SIGKILL`);
    endNow(left);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Resolves when all processes of a place have ended by themselves. */
export async function untilQuiet(place: string): Promise<void> {
  for (const deadline = Date.now() + TIMEOUT_MS; processesOf(place).some(isThere);) {
    if (Date.now() > deadline) throw new Error(`Processes ${processesOf(place).join(", ")} do not end`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Sends SIGKILL and does not wait. */
export function endNow(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch { /* it is gone already */ }
  }
}

/** False for one that has ended and is only not buried yet, too. */
function isThere(pid: number): boolean {
  const stat = read(pid, "stat");
  return stat !== "" && stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // gone, or another user's
  }
}
