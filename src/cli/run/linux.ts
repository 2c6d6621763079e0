/** `run --supervise`: the service as our child, with the same gate and probes. @module */
import type { Subject } from "../../core/subject.ts";
import { superviseOnLinux } from "../../service/supervise/linux_supervisor.ts";
import type { Context } from "../command.ts";
import { supervisionOf } from "./supervision.ts";

/** Supervises the program until it ends for good; returns its exit code. */
export async function runSupervised(context: Context, subject: Subject): Promise<number> {
  const { rest = [], ports: { log } } = context;
  const spec = { path: subject.exe, argv: rest };
  return (await superviseOnLinux(supervisionOf(context, subject, spec, { log, restart: "never" }))).exitCode;
}
