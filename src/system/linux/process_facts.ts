/** What Linux tells of a process. @module */
import { procText } from "./proc_file.ts";

/** A process as `/proc` has it now. */
export interface ProcessFacts {
  /** Clock ticks between the machine's start and the process's: with the id it names one process for ever. */
  readonly start: string;
  /** It has ended, and its parent has not asked how. */
  readonly zombie: boolean;
  readonly parent: number;
  readonly group: number;
}

/** Facts about a process; `undefined` when there is none of this id, or no `/proc`. */
export function processFacts(pid: number | "self"): ProcessFacts | undefined {
  const text = procText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name stands in brackets and may hold anything, brackets too.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent, group] = fields;
  return {
    start: fields[19] ?? "",
    zombie: state === "Z" || state === "X",
    parent: Number(parent),
    group: Number(group),
  };
}

/** The systemd unit that a process belongs to. */
export function unitOf(pid: number | "self"): string | undefined {
  const text = procText(`/proc/${pid}/cgroup`) ?? "";
  const path = /^0::(.*)$/m.exec(text)?.[1] ?? /^\d+:name=systemd:(.*)$/m.exec(text)?.[1] ?? "";
  return path.split("/").findLast((part) => part.endsWith(".service"));
}
