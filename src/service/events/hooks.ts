/**
 * Hooks: commands of the operator that run at events or around an update.
 *
 * @module
 */
import { SentinelError } from "../../core/errors.ts";
import type { BeforeChange } from "../../core/changes/arm.ts";
import type { EventKind, Log, ProgramRef } from "../../core/ports.ts";
import type { CommandEnd, CommandSpec, RunCommand } from "../../system/tools/run_command.ts";
import type { EventSink, LocatedEvent } from "./observed.ts";

/** What every hook needs. */
export interface HookOptions {
  readonly command: string;
  readonly timeoutMs: number;
  readonly run: RunCommand;
  readonly log: Log;
}

/** Set in a hook's environment, so that boot-sentinel commands in a hook do not run hooks again. */
export const IN_HOOK = "BOOT_SENTINEL_IN_HOOK";

/** The JSON of an event for hooks and the webhook. */
export function eventJson(event: LocatedEvent): string {
  return JSON.stringify({ schema: 1, ...event });
}

/** Runs a command for each event, or only for those of a kind, with the event as JSON on its standard input. */
export function eventHook(
  options: HookOptions,
  { name, only }: { readonly name: string; readonly only?: EventKind } = { name: "Hook" },
): EventSink {
  return {
    deliver(events) {
      for (const event of events) {
        if (only !== undefined && event.event !== only) continue;
        runHookOrWarn(name, options, {
          input: `${eventJson(event)}\n`,
          env: { ...programEnv(event), BOOT_SENTINEL_EVENT: event.event },
        });
      }
    },
  };
}

/** Runs a command before an update changes anything. If it fails, the update is not installed. */
export function beforeSwapHook(options: HookOptions, program: ProgramRef): BeforeChange {
  return ({ from, to }) => {
    const fault = runHook(options, { env: versionsEnv(program, from, to) });
    if (fault === undefined) return options.log("debug", `Before-swap hook done: ${options.command}`);
    throw new SentinelError(
      "calledOff",
      `Cannot update ${program.exe} from ${from} to ${to}: the before-swap hook (${options.command}) ${fault}; ` +
        "nothing was changed; fix the hook's error and try again",
    );
  };
}

/** Runs a hook; a failure is only logged. */
export function runHookOrWarn(what: string, options: HookOptions, more: Partial<CommandSpec>): void {
  const fault = runHook(options, more);
  if (fault === undefined) options.log("debug", `${what} done: ${options.command}`);
  else options.log("warn", `${what} (${options.command}) ${fault}; boot-sentinel goes on`);
}

/** Runs a hook; returns how it failed, or `undefined`. */
function runHook({ command, timeoutMs, run }: HookOptions, { env, ...more }: Partial<CommandSpec>): string | undefined {
  return faultOf(run({ line: command, timeoutMs, env: { ...env, [IN_HOOK]: "1" }, ...more }), timeoutMs);
}

function faultOf(end: CommandEnd, timeoutMs: number): string | undefined {
  switch (end.kind) {
    case "exited":
      return end.code === 0 ? undefined : `failed with exit code ${end.code}`;
    case "late":
      return `was killed after ${timeoutMs / 1000} s`;
    case "notStarted":
      return `could not be started (${end.why})`;
  }
}

/** With these variables a hook can call boot-sentinel without `--exe` and `--data-dir`. */
function programEnv({ exe, dataDir }: ProgramRef): Record<string, string> {
  return { BOOT_SENTINEL_EXE: exe, BOOT_SENTINEL_DATA_DIR: dataDir };
}

/** Variables for the hooks that save and restore data. */
export function versionsEnv(program: ProgramRef, from: string, to: string): Record<string, string> {
  return { ...programEnv(program), BOOT_SENTINEL_FROM: from, BOOT_SENTINEL_TO: to };
}
