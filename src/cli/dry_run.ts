/** Dry runs: a command runs completely, but on a file system that only records changes. @module */
import { DryFs } from "../system/fs/dry_fs.ts";
import { withIo } from "../system/process/process_io.ts";
import type { Context } from "./command.ts";

/** A context in which nothing is changed. `finish` prints what would have been changed. */
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
        // Taking the real lock would create its file.
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
