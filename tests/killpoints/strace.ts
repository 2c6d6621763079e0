/** Killing a command at a chosen system call, by strace. @module */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Calls that change files. Between two of them a kill finds the same files, so these are all the moments there are. */
const CHANGING = [
  ...["open", "openat", "creat", "write", "pwrite64", "writev", "pwritev", "ftruncate", "truncate", "fallocate"],
  ...["rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "symlink", "symlinkat"],
  ...["chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "utimensat", "setxattr", "fsetxattr"],
  ...["mkdir", "mkdirat", "rmdir", "copy_file_range", "sendfile", "splice", "ioctl"],
];

/** One moment at which a command can be killed: just before a call. */
export interface KillPoint {
  readonly call: string;
  /** What the call is about, with the directory's name taken out. */
  readonly about: string;
  /** Which of the calls of that name about that: 1 is the first. */
  readonly time: number;
  /** Which of its thread's calls of that name, as far as known: the runtime's own calls differ from run to run. */
  readonly nth: number;
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

/** Runs a process to its end. */
export function start(words: readonly string[]): Promise<Ended> {
  const [program = "", ...args] = words;
  return new Promise((done, failed) => {
    const child = spawn(program, args);
    let output = "";
    child.stdout.on("data", (chunk: Uint8Array) => output += new TextDecoder().decode(chunk));
    child.stderr.on("data", (chunk: Uint8Array) => output += new TextDecoder().decode(chunk));
    child.on("error", failed);
    child.on("close", (code, signal) => done({ code, signal, output }));
  });
}

/** Every moment at which the command changes something in the directory, found by letting it run to its end. */
export async function killPoints(dir: string, command: readonly string[]): Promise<KillPoint[]> {
  const { points } = await trace(dir, CHANGING.join(","), command, []);
  return points;
}

/** Runs the command and kills it at that point; false when it met another one. */
export async function killAt(dir: string, command: readonly string[], point: KillPoint): Promise<boolean> {
  const inject = ["-e", `inject=${point.call}:signal=KILL:when=${point.nth}`];
  const { ended, last } = await trace(dir, point.call, command, inject);
  return ended.signal === "SIGKILL" && last !== undefined && isSame(last, point);
}

/** Whether two runs of a command mean the same moment. */
export function isSame(a: KillPoint, b: KillPoint): boolean {
  return a.call === b.call && a.about === b.about && a.time === b.time;
}

async function trace(
  dir: string,
  calls: string,
  command: readonly string[],
  inject: readonly string[],
): Promise<{ points: KillPoint[]; last: KillPoint | undefined; ended: Ended }> {
  const scratch = mkdtempSync(join(tmpdir(), "trace-"));
  const file = join(scratch, "trace");
  try {
    const ended = await start(["strace", "-f", "-y", "-o", file, "-e", `trace=${calls}`, ...inject, "--", ...command]);
    return { ...readTrace(readFileSync(file, "latin1"), dir), ended };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function readTrace(text: string, dir: string): { points: KillPoint[]; last: KillPoint | undefined } {
  const counts = new Map<string, number>();
  const count = (what: string): number => {
    counts.set(what, (counts.get(what) ?? 0) + 1);
    return counts.get(what) ?? 0;
  };
  const points: KillPoint[] = [];
  let last: KillPoint | undefined;
  for (const line of text.split("\n")) {
    const [, thread, call] = line.match(/^(\d+) +(\w+)\(/) ?? [];
    if (thread === undefined || call === undefined) continue;
    const nth = count(`${thread} ${call}`); // strace counts for each thread, too
    const names = [...line.matchAll(/["<]([^">]*)[">]/g)].map(([, name = ""]) => name);
    const about = [...new Set(names.filter((name) => name.startsWith(dir)))]
      // A temporary name is another one in each run.
      .map((name) => name.slice(dir.length).replace(/(-tmp-|\.boot-members\/)[0-9a-f]{8}/, "$1*")).join(" ");
    if (about === "") continue;
    last = { call, about, time: count(`${call} about ${about}`), nth };
    const readsOnly = call.startsWith("open") && !/O_(WRONLY|RDWR|CREAT|TRUNC)/.test(line);
    const changesNothing = / = -1 /.test(line);
    if (!readsOnly && !changesNothing) points.push(last);
  }
  return { points, last };
}
