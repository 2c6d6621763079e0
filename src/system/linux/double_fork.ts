/**
 * Starts a detached process without the command `setsid`, by a double fork: this program is started as an intermediate
 * process, which starts the detached one and ends.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { selfCommand } from "../process/self_command.ts";

/** The command of boot-sentinel that is the intermediate process. */
export const DETACH = "detach";

/** How long the intermediate process may take. It waits until the detached process is ready. */
const TIMEOUT_MS = 10_000;

/**
 * Runs the intermediate process to its end.
 *
 * @param args The arguments of the detached process.
 * @returns Why it failed, or `undefined`.
 */
export function spawnByDoubleFork(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const [program, ...selfArgs] = selfCommand();
  const result = spawnSync(program, [...selfArgs, DETACH, "--", ...args], {
    env: env as NodeJS.ProcessEnv,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  if (result.error !== undefined) return result.error.message;
  return result.status === 0 ? undefined : `it ended with ${result.status ?? result.signal}`;
}

/** Runs in the intermediate process: starts the detached one in a session of its own and waits until it is ready. */
export function detach(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const [program, ...selfArgs] = selfCommand();
    const child = spawn(program, [...selfArgs, ...args], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
    child.stdout?.on("data", () => {
      child.unref();
      resolve(true);
    });
    child.on("error", () => resolve(false));
    child.on("exit", () => resolve(false));
  });
}
