/** Starting this program again as a process that is no child of ours, holds nothing of ours, and stays when we are gone. @module */
import process from "../process/process.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { bootLibc } from "../ffi/libc.ts";
import { selfCommand } from "../process/self_command.ts";
import { F_GETFD, F_SETFD, FD_CLOEXEC } from "./abi.ts";
import { openDescriptors } from "./proc.ts";
import { setsid } from "./setsid.ts";

/**
 * Starts this program again and leaves it behind. Whatever was started in between is reaped here, so that the service
 * which this process becomes has no child that it does not know. Of all descriptors only standard error is passed on.
 *
 * @param args The arguments of the new process.
 * @param options `ready`: come back only when it has said that it is ready.
 * @returns Why it failed, or `undefined`.
 */
export async function spawnDetached(
  args: readonly string[],
  { ready }: { readonly ready: boolean },
): Promise<string | undefined> {
  const env = ownEnvironment();
  const command = [...selfCommand(), ...args];
  const forked = withoutDescriptors(() => !ready && setsid(command, env));
  if (forked) return undefined;
  const { spawnByDoubleFork } = await import("./double_fork.ts");
  return withoutDescriptors(() => spawnByDoubleFork(args, env));
}

/** Without what is meant for the service, if that is a program of one of the runtimes: it would change ours. */
function ownEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForService(name)));
}

function isForService(name: string): boolean {
  return name.startsWith("BUN_") || name.startsWith("LISTEN_") || name === "NOTIFY_SOCKET" ||
    (name.startsWith("DENO_") && name !== "DENO_DIR");
}

/** Runs `action` while no descriptor beyond the standard ones is inherited by a child. */
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
