/** What a trace holds, and how the disk is observed. @module */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What both programs must leave on disk. */
export interface Observation {
  readonly exe: string | null;
  readonly lastGood: string | null;
  /** A torn one counts as none: the reference deletes it when it next reads it, this project sets it aside at once. */
  readonly sentinel: { readonly version: string; readonly attempts: number } | null;
  readonly held: readonly string[];
}

/** One call, its answer, and the disk afterwards. */
export interface Step {
  readonly op: string;
  readonly args: readonly string[];
  /** The version of the program that makes the call. */
  readonly running: string;
  readonly answer: string;
  readonly after: Observation;
}

/** A sequence of calls over one directory. */
export type Trace = readonly Step[];

/** The recorded traces. */
export const TRACES: URL = new URL("./traces.jsonl", import.meta.url);

/** The content of {@link TRACES}: one trace a line. */
export function traceText(traces: readonly Trace[]): string {
  return traces.map((trace) => `${JSON.stringify(trace)}\n`).join("");
}

/** Reads {@link TRACES}. */
export function readTraces(): Trace[] {
  return readFileSync(TRACES, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** Reads the disk. */
export function observe(dir: string, exe: string): Observation {
  const sentinel = text(join(dir, ".boot-sentinel.json"));
  return {
    exe: text(exe),
    lastGood: text(`${exe}.last-good`),
    sentinel: sentinel === null ? null : pendingOf(sentinel),
    held: JSON.parse(text(join(dir, ".boot-quarantine.json")) ?? '{"versions":[]}').versions,
  };
}

function pendingOf(json: string): Observation["sentinel"] {
  try {
    const { version, attempts } = JSON.parse(json);
    return { version, attempts };
  } catch {
    return null;
  }
}

function text(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
