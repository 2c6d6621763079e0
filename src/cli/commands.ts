/** The command table. @module */
import type { Command } from "./command.ts";
import { command as run } from "./commands/run.ts";

/** All commands. Only `run` is loaded at once; the others when they are called, so that a service starts sooner. */
export const COMMANDS: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  run: () => Promise.resolve({ command: run }),
  check: () => import("./commands/check.ts"),
  arm: () => import("./commands/changes/arm.ts"),
  swap: () => import("./commands/changes/swap.ts"),
  deploy: () => import("./commands/changes/deploy.ts"),
  adopt: () => import("./commands/changes/adopt.ts"),
  confirm: () => import("./commands/changes/confirm.ts"),
  fail: () => import("./commands/changes/fail.ts"),
  rollback: () => import("./commands/changes/rollback.ts"),
  quarantine: () => import("./commands/quarantine.ts"),
  status: () => import("./commands/status.ts"),
  herd: () => import("./commands/herd.ts"),
  service: () => import("./commands/service.ts"),
  stopped: () => import("./commands/stopped.ts"),
  watch: () => import("./commands/watch.ts"),
  detach: () => import("./run/detach.ts"),
  history: () => import("./commands/history.ts"),
  doctor: () => import("./commands/doctor.ts"),
  config: () => import("./commands/config.ts"),
  deliver: () => import("./commands/deliver.ts"),
  completions: () => import("./commands/completions.ts"),
};

/** Loads all commands that are not internal, for help, completions and the manual. */
export async function allCommands(): Promise<[name: string, command: Command][]> {
  const loaded = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]): Promise<[string, Command]> => [name, (await load()).command]),
  );
  return loaded.filter(([, command]) => command.internal !== true);
}
