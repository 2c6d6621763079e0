/** Dry runs: a command runs completely, but on a file system that only records changes. @module */
import type { DataTrees } from "../core/ports.ts";
import { DryFs } from "../system/fs/dry_fs.ts";
import { withIo } from "../system/process/process_io.ts";
import type { Context } from "./command.ts";

/** A context in which nothing is changed. `finish` prints what would have been changed. */
export function dryRun(context: Context): { context: Context; finish(): void } {
  const { io, ports } = context;
  const fs = new DryFs(ports.fs);
  const planned: string[] = [];
  const prefixed = (text: string) => text.replace(/^(?=.)/gm, "dry run: ");
  return {
    context: {
      ...context,
      io: withIo(io, { stdout: (text) => io.stdout(context.settings.json ? text : prefixed(text)) }),
      ports: {
        ...ports,
        fs,
        ...(ports.trees === undefined ? {} : { trees: dryTrees(ports.trees, (text) => planned.push(text)) }),
        // Taking the real lock would create its file.
        lock: { acquire: () => "unavailable" },
        log: (level, message) => ports.log(level, `dry run: ${message}`),
      },
    },
    finish() {
      const changes = [...planned, ...fs.changes()];
      const lines = changes.length === 0 ? ["no file would change"] : changes.map((change) => `would ${change}`);
      io.stderr(lines.map((line) => `dry run: ${line}\n`).join(""));
    },
  };
}

/** Directories of data that are looked at and not changed. */
function dryTrees(trees: DataTrees, plan: (text: string) => void): DataTrees {
  return {
    ...trees,
    copy(from, to) {
      plan(`copy ${from} to ${to}`);
      return trees.survey(from);
    },
    rename: (from, to) => plan(`move ${from} to ${to}`),
    remove: (path) => plan(`remove ${path}`),
  };
}
