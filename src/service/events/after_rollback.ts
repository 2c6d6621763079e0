/**
 * The hook after a rollback. It can restore data that the bad build changed, before the restored program starts.
 *
 * @module
 */
import { join } from "@std/path/join.js";
import { type Fs, FsError } from "../../core/ports.ts";
import { eventJson, type HookOptions, runHookOrWarn, versionsEnv } from "./hooks.ts";
import type { EventSink, LocatedEvent } from "./observed.ts";

/** What the hook needs beside its command. */
export interface AfterRollbackOptions extends HookOptions {
  readonly fs: Fs;
  /** The data directory in which to look for an interrupted hook; `undefined` in commands that are not the gate. */
  readonly pendingIn: () => string | undefined;
}

/**
 * Runs a command after each rollback. The event is on disk until the command has ended: after a power cut the next boot
 * runs the command again.
 */
export function afterRollbackHook(options: AfterRollbackOptions): EventSink {
  const { fs } = options;

  function run(event: LocatedEvent): void {
    runHookOrWarn("After-rollback hook", options, {
      input: `${eventJson(event)}\n`,
      env: versionsEnv(event, event.version ?? "", event.other ?? ""),
    });
    fs.remove(pendingPath(event.dataDir));
  }

  return {
    note(event) {
      if (event.event !== "rolled-back") return;
      fs.create(pendingPath(event.dataDir), new TextEncoder().encode(JSON.stringify(event)));
      fs.syncDirectory(event.dataDir);
    },
    deliver(events) {
      for (const event of events) {
        if (event.event === "rolled-back") run(event);
      }
    },
    finish() {
      const dataDir = options.pendingIn();
      if (dataDir === undefined) return;
      const pending = readPending(fs, pendingPath(dataDir));
      // The folder can have been moved since: what counts is where the event was found.
      if (pending !== undefined) run({ ...pending, dataDir });
    },
  };
}

function pendingPath(dataDir: string): string {
  return join(dataDir, ".boot-rollback-hook.json");
}

function readPending(fs: Fs, path: string): LocatedEvent | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(fs.read(path, 1 << 18))) as LocatedEvent;
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return undefined;
    fs.remove(path); // incomplete: it can never be read
    return undefined;
  }
}
