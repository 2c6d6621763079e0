/** Starting a process that is no child of ours, holds nothing of ours, and stays when we are gone. @module */
import { bareLibc, openDescriptors } from "./bare_libc.ts";
import { childProcess } from "../process/builtin.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { F_GETFD, F_SETFD, FD_CLOEXEC } from "./abi.ts";
import { setsid } from "./setsid.ts";

/** What {@link startApart} runs. */
export interface ApartWords {
  /** The program. */
  readonly command: readonly string[];
  /** The same by way of a go-between: it must call {@link detachAndLeave} with the program's words. */
  readonly goBetween: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Come back only when the program has said that it is ready. */
  readonly ready: boolean;
}

/** How long the go-between may take. It waits for the other to be ready. */
const PATIENCE_MS = 10_000;

/**
 * Starts a process and leaves it behind. Whoever was needed in between is reaped here, so that the service which this
 * process becomes has no child that it does not know. Of all descriptors only standard error is passed on.
 *
 * @returns Why it failed, or `undefined`.
 */
export function startApart({ command, goBetween, env, ready }: ApartWords): string | undefined {
  return keepingDescriptors(() => !ready && setsid(command, env) ? undefined : runGoBetween(goBetween, env));
}

function runGoBetween([program = "", ...words]: readonly string[], env: ApartWords["env"]): string | undefined {
  const ran = childProcess().spawnSync(program, words, {
    env: env as NodeJS.ProcessEnv,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: PATIENCE_MS,
    killSignal: "SIGKILL",
  });
  if (ran.error !== undefined) return ran.error.message;
  return ran.status === 0 ? undefined : `it ended with ${ran.status ?? ran.signal}`;
}

/** The go-between's part: starts the process in a session of its own and waits until it has said that it is ready. */
export function detachAndLeave([program = "", ...words]: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = childProcess().spawn(program, words, { detached: true, stdio: ["ignore", "pipe", "inherit"] });
    child.stdout?.on("data", () => {
      child.unref();
      resolve(true);
    });
    child.on("error", () => resolve(false));
    child.on("exit", () => resolve(false));
  });
}

/** Runs `action` while no descriptor beyond the standard ones is inherited by a child. */
function keepingDescriptors<T>(action: () => T): T {
  const undo: (() => void)[] = [];
  try {
    const { call } = bareLibc();
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
