/**
 * The hook after a rollback: puts back data that the bad build changed, before the restored program starts.
 *
 * @module
 */
import { join } from "@std/path/join.js";
import { type Fs, FsError } from "../../core/ports.ts";
import { eventJson, type HookOptions, told, versionsEnv } from "./hooks.ts";
import type { EventSink, LocatedEvent } from "./observed.ts";

/** What the hook needs beside its command. */
export interface AfterRollbackOptions extends HookOptions {
  readonly fs: Fs;
  /** Where a hook of an earlier boot may be owed; undefined for a command that is no gate, which makes up for none. */
  readonly owedIn: () => string | undefined;
}

/**
 * Runs a command after each rollback. A power cut in the middle of it is made up for by the next boot: the event is on
 * disk until the command has ended.
 */
export function afterRollbackHook(options: AfterRollbackOptions): EventSink {
  const { fs } = options;

  function run(event: LocatedEvent): void {
    told("After-rollback hook", options, {
      input: `${eventJson(event)}\n`,
      env: versionsEnv(event, event.version ?? "", event.other ?? ""),
    });
    fs.remove(owedPath(event.dataDir));
  }

  return {
    note(event) {
      if (event.event !== "rolled-back") return;
      fs.create(owedPath(event.dataDir), new TextEncoder().encode(JSON.stringify(event)));
      fs.syncDirectory(event.dataDir);
    },
    deliver(events) {
      for (const event of events) {
        if (event.event === "rolled-back") run(event);
      }
    },
    finish() {
      const dataDir = options.owedIn();
      const owed = dataDir === undefined ? undefined : readOwed(fs, owedPath(dataDir));
      if (owed !== undefined) run(owed);
    },
  };
}

function owedPath(dataDir: string): string {
  return join(dataDir, ".boot-rollback-hook.json");
}

function readOwed(fs: Fs, path: string): LocatedEvent | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(fs.read(path, 1 << 16))) as LocatedEvent;
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return undefined;
    fs.remove(path); // torn, and never to be read
    return undefined;
  }
}
