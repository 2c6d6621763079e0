/** Replaces this process by another program, and undoes before what the runtime has changed in the process. @module */
import process from "../process/process.ts";
import { cString } from "../ffi/bytes.ts";
import { bootLibc, cStrings, keepAlive, type Libc, openLibc } from "../ffi/libc.ts";
import { hasVariables, rawEnvironment } from "../process/raw_process.ts";
import { isBun } from "../process/runtime.ts";
import { F_GETFD, F_SETFD, FD_CLOEXEC, RLIMIT_NOFILE, SIGPIPE, SIGXFSZ } from "./abi.ts";
import { restoreChildSignal, waitableChildren } from "./child_signal.ts";
import { descriptorTarget, openDescriptors } from "./proc.ts";

/** A program to start, as bytes: on Linux paths and arguments have no encoding. They must not contain NUL. */
export interface Program {
  /** The path of the executable. `PATH` is not searched. */
  readonly path: Uint8Array;
  /** The arguments, from `argv[0]` on. */
  readonly argv: readonly Uint8Array[];
}

/** The process attributes that the new program gets. */
export interface ExecOptions {
  /**
   * The soft limit of open files. Both runtimes raise it to the hard limit at their start, and the old value is lost.
   * @default {undefined} not changed
   */
  readonly nofile?: number;
  /**
   * The disposition of SIGPIPE. Both runtimes ignore it at their start, and the old disposition is lost.
   * @default {"ignore"} for a process that systemd has started, since `IgnoreSIGPIPE=yes` is the default there;
   * `"default"` for all others
   */
  readonly sigpipe?: "default" | "ignore";
}

type ExecLibc = Libc<"fcntl" | "sigaction" | "execv" | "prlimit">;

/**
 * Replaces this process by `program`, with the same process id, environment and descriptors. Signal dispositions and
 * close-on-exec flags that the runtime has changed are restored.
 *
 * Returns only when that failed, with the name of the errno (`ENOENT`, `EACCES`, `ENOEXEC`, `ETXTBSY`, …). All changes
 * are undone then, so another program can be tried.
 *
 * @throws {FfiUnavailable} Foreign functions cannot be called; nothing was changed.
 */
export function exec(program: Program, options: ExecOptions = {}): string {
  const libc = bootLibc();
  const path = cString(program.path);
  const argv = cStrings(program.argv);
  const undo: Step[] = [];
  if (options.nofile !== undefined) undo.push(limitFiles(libc, options.nofile));
  const sigpipe = options.sigpipe ?? (startedBySystemd() ? "ignore" : "default");
  if (sigpipe === "default") undo.push(resetSignal(libc, SIGPIPE));
  // Bun also ignores SIGXFSZ. Deno does not: if it is ignored there, this process has inherited that.
  if (isBun) undo.push(resetSignal(libc, SIGXFSZ));
  if (restoreChildSignal()) undo.push(waitableChildren);
  restoreDescriptors(libc, undo);
  const failure = execute(libc, path, argv.vector);
  for (const step of undo.reverse()) step();
  keepAlive(argv);
  return failure;
}

/** Returns only when it failed, with the name of the errno. */
function execute(libc: ExecLibc, path: Uint8Array<ArrayBuffer>, argv: BigUint64Array): string {
  if (isBun) {
    libc.call.execv(path, argv);
    return libc.errno();
  }
  // Under Bun the C library's `environ` is unchanged. Deno adds variables of its own to it.
  const { call, errno } = openLibc("execve");
  const env = cStrings(rawEnvironment());
  call.execve(path, argv, env.vector);
  const failure = errno();
  keepAlive(env);
  return failure;
}

/** Undoes a change. */
type Step = () => void;

/**
 * Resets a signal to its default. Ignored signals stay ignored in the new program; signals with a handler are reset by
 * the kernel. The signal mask is not changed by the runtimes.
 */
function resetSignal(libc: ExecLibc, signal: number): Step {
  // A struct of zeros is SIG_DFL on every architecture; 256 bytes are more than any struct sigaction has.
  const before = new Uint8Array(256);
  libc.call.sigaction(signal, new Uint8Array(256), before);
  return () => void libc.call.sigaction(signal, before, null);
}

/**
 * Removes close-on-exec from inherited descriptors. Bun sets it at its start on all descriptors. Deno sets it only on
 * its own, so nothing has to be done there.
 */
function restoreDescriptors(libc: ExecLibc, undo: Step[]): void {
  if (!isBun) return;
  // If /proc cannot be read, the list is empty: the program gets only the standard descriptors.
  for (const fd of openDescriptors()) {
    if (fd <= 2 || isRuntimeDescriptor(fd)) continue;
    const flags = libc.call.fcntl(fd, F_GETFD, 0);
    if (flags < 0 || !(flags & FD_CLOEXEC)) continue;
    libc.call.fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
    undo.push(() => void libc.call.fcntl(fd, F_SETFD, flags));
  }
}

const RUNTIME_TARGETS = [
  "anon_inode:[eventpoll]",
  "anon_inode:[eventfd]",
  "anon_inode:[timerfd]",
  "anon_inode:[io_uring]",
];

/** True for the kinds of descriptors that Bun's event loop opens. An inherited one of these kinds is not passed on. */
function isRuntimeDescriptor(fd: number): boolean {
  return RUNTIME_TARGETS.includes(descriptorTarget(fd) ?? "");
}

function limitFiles({ call }: ExecLibc, nofile: number): Step {
  const before = new BigUint64Array(2);
  call.prlimit(0, RLIMIT_NOFILE, null, before);
  const hard = before[1] ?? 0n;
  const soft = BigInt(nofile) < hard ? BigInt(nofile) : hard;
  call.prlimit(0, RLIMIT_NOFILE, new BigUint64Array([soft, hard]), null);
  return () => void call.prlimit(0, RLIMIT_NOFILE, before, null);
}

/**
 * systemd sets this variable to the id of the process that it starts. Child processes inherit it, but have other ids.
 */
function startedBySystemd(): boolean {
  return hasVariables(`SYSTEMD_EXEC_PID=${process.pid}\0`);
}
