/**
 * A detached process without `setsid`: this program is run as a process in between, which starts the other one and
 * ends.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { selfCommand } from "../process/self_command.ts";

/** The command that the process in between runs. */
export const DETACH = "detach";

/** How long the process in between may take. It waits for the other to be ready. */
const TIMEOUT_MS = 10_000;

/**
 * Runs the process in between to its end.
 *
 * @param args The arguments of the process that is to be left behind.
 * @returns Why it failed, or `undefined`.
 */
export function spawnByDoubleFork(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const [program, ...own] = selfCommand();
  const ran = spawnSync(program, [...own, DETACH, "--", ...args], {
    env: env as NodeJS.ProcessEnv,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  if (ran.error !== undefined) return ran.error.message;
  return ran.status === 0 ? undefined : `it ended with ${ran.status ?? ran.signal}`;
}

/** The part of the process in between: starts the other in a session of its own and waits until it says that it is ready. */
export function detach(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const [program, ...own] = selfCommand();
    const child = spawn(program, [...own, ...args], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
    child.stdout?.on("data", () => {
      child.unref();
      resolve(true);
    });
    child.on("error", () => resolve(false));
    child.on("exit", () => resolve(false));
  });
}
