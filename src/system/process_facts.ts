/** What Linux tells of a process. @module */
import { readFileSync } from "node:fs";

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
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name stands in brackets and may hold anything, brackets too.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state = "", parent, group] = fields;
    return {
      start: fields[19] ?? "",
      zombie: state === "Z" || state === "X",
      parent: Number(parent),
      group: Number(group),
    };
  } catch {
    return undefined;
  }
}

/** The systemd unit that a process belongs to. */
export function unitOf(pid: number | "self"): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/cgroup`, "utf8");
    const path = /^0::(.*)$/m.exec(text)?.[1] ?? /^\d+:name=systemd:(.*)$/m.exec(text)?.[1] ?? "";
    return path.split("/").findLast((part) => part.endsWith(".service"));
  } catch {
    return undefined;
  }
}
