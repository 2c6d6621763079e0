/** Starts this program again as a detached process: not a child of this one, and without its descriptors. @module */
import process from "../process/process.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { bootLibc } from "../ffi/libc.ts";
import { OWN_IMAGE, selfCommand } from "../process/self_command.ts";
import { F_GETFD, F_SETFD, FD_CLOEXEC } from "./abi.ts";
import { openDescriptors } from "./proc.ts";
import { setsid } from "./setsid.ts";

/**
 * Starts this program again as a detached process. Intermediate processes are reaped here: this process becomes the
 * service, which must not have unknown child processes. Only standard error is passed on.
 *
 * @param args The arguments of the new process.
 * @param options `ready`: wait until the new process is ready.
 * @returns Why it failed, or `undefined`.
 */
export async function spawnDetached(
  args: readonly string[],
  { ready }: { readonly ready: boolean },
): Promise<string | undefined> {
  const env = watcherEnvironment();
  const command = [...selfCommand(), ...args];
  // What setsid calls its own image is setsid.
  const forked = command[0] !== OWN_IMAGE && withoutDescriptors(() => !ready && setsid(command, env));
  if (forked) return undefined;
  const { spawnByDoubleFork } = await import("./double_fork.ts");
  return withoutDescriptors(() => spawnByDoubleFork(args, env));
}

/** The environment without variables for the service that would change the runtime of the new process. */
function watcherEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForService(name)));
}

function isForService(name: string): boolean {
  return name.startsWith("BUN_") || name.startsWith("LISTEN_") || name === "NOTIFY_SOCKET" ||
    (name.startsWith("DENO_") && name !== "DENO_DIR");
}

/** Runs `action` with close-on-exec set on all descriptors except the standard ones, so that no child inherits them. */
function withoutDescriptors<T>(action: () => T): T {
  const undo: (() => void)[] = [];
  try {
    const { call } = bootLibc();
    for (const fd of openDescriptors()) {
      if (fd <= 2) continue;
      const flags = call.fcntl(fd, F_GETFD, 0);
      if (flags < 0 || flags & FD_CLOEXEC) continue;
      call.fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
      undo.push(() => void call.fcntl(fd, F_SETFD, flags));
    }
  } catch (error) {
    if (!(error instanceof FfiUnavailable)) throw error;
  }
  try {
    return action();
  } finally {
    for (const step of undo) step();
  }
}
