/** util-linux's `setsid --fork`: the quickest way to a process that is nobody's child, in a session of its own. */
import { cString, utf8 } from "../ffi/bytes.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { calls } from "../fs/fs_calls.ts";
import { cStrings, keep, openLibc } from "../ffi/libc.ts";

const symbols = {
  posix_spawn: [["ptr", "ptr", "ptr", "u64", "ptr", "ptr"], "i32"],
  posix_spawn_file_actions_init: [["ptr"], "i32"],
  posix_spawn_file_actions_addopen: [["ptr", "i32", "ptr", "i32", "u32"], "i32"],
  posix_spawn_file_actions_adddup2: [["ptr", "i32", "i32"], "i32"],
  waitpid: [["i32", "ptr", "i32"], "i32"],
} as const;

const O_RDWR = 2;

/**
 * Starts a program apart, with standard error and no other descriptor of ours that lacks close-on-exec.
 *
 * @returns Whether it was done; whether the program itself could be started is not known.
 */
export function setsid(words: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean {
  const path = toolPath();
  if (path === undefined) return false;
  try {
    const { call } = openLibc(symbols);
    // Larger than any library's; they all take 80 bytes.
    const actions = new Uint8Array(256);
    const nothing = cString("/dev/null");
    call.posix_spawn_file_actions_init(actions);
    call.posix_spawn_file_actions_addopen(actions, 0, nothing, O_RDWR, 0);
    call.posix_spawn_file_actions_adddup2(actions, 0, 1);
    const argv = [utf8(path), utf8("--fork")];
    for (const word of words) argv.push(utf8(word));
    const variables: Uint8Array[] = [];
    for (const name in env) variables.push(utf8(`${name}=${env[name] ?? ""}`));
    const [argvs, envs] = [cStrings(argv), cStrings(variables)];
    const pid = new Int32Array(1);
    const failure = call.posix_spawn(pid, cString(path), actions, 0n, argvs.vector, envs.vector);
    keep(nothing, argvs, envs);
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
  for (const path of ["/usr/bin/setsid", "/bin/setsid"]) {
    if (calls().lstatSync(path)?.kind === "file") return path;
  }
  return undefined;
}
