/** `run --supervise` on Linux: the service is a child of this process. @module */
import { controlPath } from "../../core/state/paths.ts";
import { superviseOnLinux } from "../../service/supervise/linux_supervisor.ts";
import type { Start } from "./start.ts";
import type { Context } from "../command.ts";
import { supervisionOf } from "./supervision.ts";

/** Supervises the program until it ends and is not started again; returns its exit code. */
export async function runSupervised(context: Context, start: Start): Promise<number> {
  const { rest = [], ports: { log } } = context;
  const spec = (path: string) => ({ path, argv: rest });
  const { dataDir, instance } = start.subject;
  try {
    // The control socket lies in it, also at the first start of all.
    if (start.unguarded === undefined) context.ports.fs.makeDirectory(dataDir);
  } catch { /* the gate says what is wrong with it */ }
  const options = supervisionOf(context, start, spec, { log, restart: "never" });
  return (await superviseOnLinux(options, controlPath(dataDir, instance))).exitCode;
}
