/** Replacing this process by another program, which then sees nothing of the runtime. @module */
import process from "../process/process.ts";
import { cString } from "../ffi/bytes.ts";
import { bootLibc, cStrings, keep, type Libc, openLibc } from "../ffi/libc.ts";
import { hasVariables, rawEnvironment } from "../process/raw_process.ts";
import { isBun } from "../process/runtime.ts";
import { F_GETFD, F_SETFD, FD_CLOEXEC, RLIMIT_NOFILE, SIGPIPE, SIGXFSZ } from "./abi.ts";
import { descriptorTarget, openDescriptors } from "./proc.ts";

/** A program to start, in bytes: Linux gives no encoding to any of them. No byte may be zero. */
export interface Program {
  /** The executable; taken as it stands, `PATH` is not searched. */
  readonly path: Uint8Array;
  /** Its arguments, from `argv[0]` on. */
  readonly argv: readonly Uint8Array[];
}

/** How {@link exec} leaves the process to its successor. */
export interface ExecOptions {
  /**
   * The soft limit of open files. Both runtimes raise it to the hard limit before our first line and forget what it was.
   * @default {undefined} left as it is
   */
  readonly nofile?: number;
  /**
   * What SIGPIPE does. Both runtimes ignore it before our first line, so what it was cannot be seen.
   * @default {"ignore"} for a direct child of systemd, whose services ignore it unless they say otherwise;
   * `"default"` for all others
   */
  readonly sigpipe?: "default" | "ignore";
}

type ExecLibc = Libc<"fcntl" | "sigaction" | "execv" | "prlimit">;

/**
 * Replaces this process by `program`: same process id, same environment, same descriptors, nothing of the runtime left
 * behind.
 *
 * Returns only when that failed, with the errno's name (`ENOENT`, `EACCES`, `ENOEXEC`, `ETXTBSY`, …). Everything that
 * was put back for the successor is then as it was before, so another program can be tried.
 *
 * @throws {FfiUnavailable} When foreign functions cannot be called; nothing has been changed.
 */
export function exec(program: Program, options: ExecOptions = {}): string {
  const libc = bootLibc();
  const path = cString(program.path);
  const argv = cStrings(program.argv);
  const undo: Step[] = [];
  if (options.nofile !== undefined) undo.push(limitFiles(libc, options.nofile));
  const sigpipe = options.sigpipe ?? (startedBySystemd() ? "ignore" : "default");
  if (sigpipe === "default") undo.push(resetSignal(libc, SIGPIPE));
  // JavaScriptCore ignores SIGXFSZ too. Deno does not touch it: if it is ignored there, the service's parent did that.
  if (isBun) undo.push(resetSignal(libc, SIGXFSZ));
  restoreDescriptors(libc, undo);
  const failure = execute(libc, path, argv.vector);
  for (const step of undo.reverse()) step();
  keep(argv);
  return failure;
}

/** Returns only when it failed; then the errno's name. */
function execute(libc: ExecLibc, path: Uint8Array<ArrayBuffer>, argv: BigUint64Array): string {
  if (isBun) {
    libc.call.execv(path, argv);
    return libc.errno();
  }
  // Bun leaves the C library's `environ` as this process got it; Deno puts names of its own there.
  const { call, errno } = openLibc("execve");
  const env = cStrings(rawEnvironment());
  call.execve(path, argv, env.vector);
  const failure = errno();
  keep(env);
  return failure;
}

/** Takes back what was done for the successor. */
type Step = () => void;

/** Ignored signals stay ignored in the successor; caught ones the kernel resets itself. Both leave the mask alone. */
function resetSignal(libc: ExecLibc, signal: number): Step {
  // All zero is SIG_DFL in every layout of struct sigaction; 256 bytes are more than any has.
  const before = new Uint8Array(256);
  libc.call.sigaction(signal, new Uint8Array(256), before);
  return () => void libc.call.sigaction(signal, before, null);
}

/**
 * Bun marks what it inherited close-on-exec at start, and its own descriptors too. Deno leaves alone what it inherited
 * and marks only its own (caches, sockets), so nothing has to be done there.
 */
function restoreDescriptors(libc: ExecLibc, undo: Step[]): void {
  if (!isBun) return;
  // Bun does not even start without /proc; should it be refused, the program gets 0 to 3 and can still run.
  for (const fd of openDescriptors()) {
    if (fd <= 2 || isRuntimes(fd)) continue;
    const flags = libc.call.fcntl(fd, F_GETFD, 0);
    if (flags < 0 || !(flags & FD_CLOEXEC)) continue;
    libc.call.fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
    undo.push(() => void libc.call.fcntl(fd, F_SETFD, flags));
  }
}

const RUNTIMES = ["anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[timerfd]", "anon_inode:[io_uring]"];

/** The kinds that Bun's event loop opens. An inherited one of these kinds cannot be told from them and is lost. */
function isRuntimes(fd: number): boolean {
  return RUNTIMES.includes(descriptorTarget(fd) ?? "");
}

function limitFiles({ call }: ExecLibc, nofile: number): Step {
  const before = new BigUint64Array(2);
  call.prlimit(0, RLIMIT_NOFILE, null, before);
  const hard = before[1] ?? 0n;
  const soft = BigInt(nofile) < hard ? BigInt(nofile) : hard;
  call.prlimit(0, RLIMIT_NOFILE, new BigUint64Array([soft, hard]), null);
  return () => void call.prlimit(0, RLIMIT_NOFILE, before, null);
}

/** systemd names the process that it started itself; a child of that process inherits the name, but has another id. */
function startedBySystemd(): boolean {
  return hasVariables(`SYSTEMD_EXEC_PID=${process.pid}\0`);
}
