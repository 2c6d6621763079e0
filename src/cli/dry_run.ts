/** Dry runs: a command goes the whole way over a file system that changes nothing. @module */
import { DryFs } from "../system/fs/dry_fs.ts";
import { withIo } from "../system/process/process_io.ts";
import type { Context } from "./command.ts";

/** A context in which nothing is changed; `finish` says what would have been. */
export function dryRun(context: Context): { context: Context; finish(): void } {
  const { io, ports } = context;
  const fs = new DryFs(ports.fs);
  const prefixed = (text: string) => text.replace(/^(?=.)/gm, "dry run: ");
  return {
    context: {
      ...context,
      io: withIo(io, { stdout: (text) => io.stdout(context.settings.json ? text : prefixed(text)) }),
      ports: {
        ...ports,
        fs,
        // Its file would be a change.
        lock: { acquire: () => "unavailable" },
        log: (level, message) => ports.log(level, `dry run: ${message}`),
      },
    },
    finish() {
      const changes = fs.changes();
      const lines = changes.length === 0 ? ["nothing would change"] : changes.map((change) => `would ${change}`);
      io.stderr(lines.map((line) => `dry run: ${line}\n`).join(""));
    },
  };
}
