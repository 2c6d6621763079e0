/** The timer that asks the herd of a service again and again. @module */
import { SentinelError } from "../../../core/errors.ts";
import { hashOf } from "../../../core/state/paths.ts";
import { exists } from "../../../core/state/state_files.ts";
import { putFiles, undoneText } from "../put_files.ts";
import { refuseForeign } from "./own_files.ts";
import { quoteWords } from "./quote.ts";
import { foldersOf, type Scope, systemctl, systemctlOrThrow } from "./scope.ts";
import { WRITTEN } from "./unit_text.ts";

const MARK = `${WRITTEN} herd join; boot-sentinel herd leave removes it.`;

/** Whose timer it is, and the path of the boot-sentinel executable. */
export interface TimerPlan {
  readonly name: string;
  readonly self: string;
}

/** The name of the timer, without its ending. An `@` would make it a template; the hash keeps such names apart. */
export function timerName(service: string): string {
  const name = service.includes("@") ? `${service.replaceAll("@", "-")}-${hashOf(service)}` : service;
  return `boot-sentinel-herd-${name}`;
}

/** Installs it, and starts it. What is there already is written anew. */
export async function installTimer(machine: Scope, plan: TimerPlan): Promise<string[]> {
  const [service, timer] = pathsOf(machine, plan.name);
  for (const path of [service, timer]) refuseForeign(machine, path);
  const undo = putFiles(machine.fs, [
    { path: service, text: serviceText(plan), mode: 0o644 },
    { path: timer, text: timerText(plan), mode: 0o644 },
  ]);
  try {
    await systemctlOrThrow(machine, "systemd did not load the timer", "daemon-reload");
    const unit = `${timerName(plan.name)}.timer`;
    await systemctlOrThrow(machine, "The timer cannot be enabled", "enable", unit);
    // A timer that runs keeps its old times without a restart.
    await systemctlOrThrow(machine, "The timer cannot be started", "restart", unit);
  } catch (error) {
    const undone = undoneText(undo());
    await systemctl(machine, "daemon-reload");
    throw new SentinelError("nothing", `${(error as Error).message}; ${undone}`, error);
  }
  return [`Wrote ${timer}`, `Wrote ${service}`];
}

/** Removes it; returns what was removed. */
export async function removeTimer(machine: Scope, name: string): Promise<string[]> {
  const paths = pathsOf(machine, name).filter((path) => exists(machine.fs, path));
  if (paths.length === 0) return [];
  for (const path of paths) refuseForeign(machine, path);
  await systemctl(machine, "disable", "--now", `${timerName(name)}.timer`);
  for (const path of paths) machine.fs.remove(path);
  await systemctlOrThrow(machine, `Removed ${paths.join(", ")}, but systemd did not reload its units`, "daemon-reload");
  return paths.map((path) => `Removed ${path}`);
}

/** Whether it runs; `undefined`: systemd does not say. */
export async function isTimerOn(machine: Scope, name: string): Promise<boolean | undefined> {
  const { code, stdout } = await systemctl(machine, "show", "--property=ActiveState", `${timerName(name)}.timer`);
  return code === 0 ? stdout.trim() === "ActiveState=active" : undefined;
}

function pathsOf(machine: Scope, name: string): [service: string, timer: string] {
  const path = `${foldersOf(machine).units}/${timerName(name)}`;
  return [`${path}.service`, `${path}.timer`];
}

function serviceText({ name, self }: TimerPlan): string {
  return `${MARK}
[Unit]
Description=Reports to the herd of ${name} and fetches its answers

[Service]
Type=oneshot
ExecStart=${quoteWords([self, "herd", "sync", "--name", name])}
TimeoutStartSec=60
`;
}

function timerText({ name }: TimerPlan): string {
  return `${MARK}
[Unit]
Description=Asks the herd of ${name} every two minutes

[Timer]
OnActiveSec=5
OnUnitInactiveSec=90
# Thousands of machines that were started together must not ask together.
RandomizedDelaySec=60

[Install]
WantedBy=timers.target
`;
}
