/** The `systemctl` of this machine: the one place that runs it. @module */
import { runTool, runWithin, type ToolEnd } from "./run_tool.ts";

/** Of a question: long enough for a busy machine, short enough for a stop. */
const QUESTION_TIMEOUT_MS = 5000;

/** What answers at once; everything else may wait for a service to start or stop. */
const QUESTIONS: readonly string[] = ["show", "cat", "list-jobs", "is-active"];

/** Runs `systemctl`. Never rejects. */
export function systemctl(...args: string[]): Promise<ToolEnd> {
  return QUESTIONS.includes(args[0] ?? "")
    ? runWithin(QUESTION_TIMEOUT_MS, "systemctl", args)
    : runTool("systemctl", ...args);
}
