/** util-linux's `setsid --fork`: the quickest way to a process that is nobody's child, in a session of its own. @module */
import { O_RDWR } from "./abi.ts";
import { cString, utf8 } from "../ffi/bytes.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { cStrings, keep, openLibc } from "../ffi/libc.ts";
import { calls } from "../fs/calls.ts";

/**
 * Starts a program detached, with standard error and no other descriptor of ours that lacks close-on-exec.
 *
 * @returns Whether it was done; whether the program itself could be started is not known.
 */
export function setsid(command: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean {
  const path = toolPath();
  if (path === undefined) return false;
  try {
    const { call } = openLibc(
      "posix_spawn",
      "posix_spawn_file_actions_init",
      "posix_spawn_file_actions_addopen",
      "posix_spawn_file_actions_adddup2",
      "waitpid",
    );
    // Larger than any library's; they all take 80 bytes.
    const actions = new Uint8Array(256);
    const nothing = cString("/dev/null");
    call.posix_spawn_file_actions_init(actions);
    call.posix_spawn_file_actions_addopen(actions, 0, nothing, O_RDWR, 0);
    call.posix_spawn_file_actions_adddup2(actions, 0, 1);
    const argv = cStrings([path, "--fork", ...command].map(utf8));
    const envs = cStrings(Object.entries(env).map(([name, value]) => utf8(`${name}=${value ?? ""}`)));
    const pid = new Int32Array(1);
    const failure = call.posix_spawn(pid, cString(path), actions, 0n, argv.vector, envs.vector);
    keep(nothing, argv, envs);
    if (failure !== 0) return false;
    const status = new Int32Array(1);
    return call.waitpid(pid[0] ?? 0, status, 0) === pid[0] && status[0] === 0;
  } catch (error) {
    if (error instanceof FfiUnavailable) return false;
    throw error;
  }
}

/** Not busybox's, which is a link: it knows no `--fork` and would say so on standard error. */
function toolPath(): string | undefined {
  return ["/usr/bin/setsid", "/bin/setsid"].find((path) => calls().lstat(path)?.kind === "file");
}
