/** Starting this project as another user. @module */
import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fixture } from "../runtime.ts";
import { type Ended, type ProcessOptions, scriptWords, sentinelWords } from "../sentinel_process.ts";
import { inTempDir } from "../temp.ts";
import { readableCommand } from "./readable_copy.ts";

/** The user and the group `daemon`, whom every machine has. */
export const DAEMON = 1;
/** The user and the group of those who own nothing. */
export const NOBODY = 65534;

/** What is started as another user. It gets a home of its own, and nothing of this process's environment but `PATH`. */
export interface OtherUser {
  /** Runs boot-sentinel to its end. */
  sentinel(args: readonly string[], options?: ProcessOptions): Ended;
  /** Runs a fixture of `tests/support` to its end. */
  fixture(name: string, args: readonly string[]): Ended;
}

/** Runs `use` with another user, whose group has the same number. Only root can. */
export function asUser<T>(id: number, use: (user: OtherUser) => T): T {
  return inTempDir((dir) => {
    const home = join(dir, "home");
    mkdirSync(home);
    chownSync(home, id, id);
    const run = (command: readonly string[], args: readonly string[], options: ProcessOptions): Ended => {
      const [program, ...words] = readableCommand(dir, command);
      const env = { PATH: process.env["PATH"] ?? "", HOME: home, DENO_DIR: home, ...options.env };
      const how = { uid: id, gid: id, cwd: options.cwd ?? "/", env, encoding: "utf8" } as const;
      const { error, status, signal, stdout, stderr } = spawnSync(program, [...words, ...args], how);
      if (error !== undefined) throw error;
      return { code: status, signal, stdout, stderr };
    };
    return use({
      sentinel: (args, options = {}) => run(sentinelWords(), args, options),
      fixture: (name, args) => run(scriptWords(fixture(name)), args, {}),
    });
  });
}
