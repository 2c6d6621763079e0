/**
 * Starts a detached process by util-linux's `setsid --fork`, which is faster than a double fork of this program.
 *
 * @module
 */
import { O_RDWR } from "./abi.ts";
import { cString, utf8 } from "../ffi/bytes.ts";
import { cStrings, keepAlive, onLinux, openLibc } from "../ffi/libc.ts";
import { calls } from "../fs/calls.ts";

/**
 * Starts a detached program in a session of its own. It inherits standard error, and descriptors without close-on-exec.
 *
 * @returns True when `setsid` has forked. Whether it could execute the program is not known.
 */
export function setsid(command: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean {
  const path = setsidPath();
  if (path === undefined) return false;
  return onLinux(() => {
    const { call } = openLibc(
      "posix_spawn",
      "posix_spawn_file_actions_init",
      "posix_spawn_file_actions_addopen",
      "posix_spawn_file_actions_adddup2",
      "waitpid",
    );
    // posix_spawn_file_actions_t has 80 bytes in glibc and musl.
    const actions = new Uint8Array(256);
    const devNull = cString("/dev/null");
    call.posix_spawn_file_actions_init(actions);
    call.posix_spawn_file_actions_addopen(actions, 0, devNull, O_RDWR, 0);
    call.posix_spawn_file_actions_adddup2(actions, 0, 1);
    const argv = cStrings([path, "--fork", ...command].map(utf8));
    const envs = cStrings(Object.entries(env).map(([name, value]) => utf8(`${name}=${value ?? ""}`)));
    const pid = new Int32Array(1);
    const failure = call.posix_spawn(pid, cString(path), actions, 0n, argv.vector, envs.vector);
    keepAlive(devNull, argv, envs);
    if (failure !== 0) return false;
    const status = new Int32Array(1);
    return call.waitpid(pid[0] ?? 0, status, 0) === pid[0] && status[0] === 0;
  }) ?? false;
}

/** The path of util-linux's `setsid`. BusyBox's, which is a symbolic link, has no `--fork` and would print an error. */
function setsidPath(): string | undefined {
  return ["/usr/bin/setsid", "/bin/setsid"].find((path) => calls().lstat(path)?.kind === "file");
}
