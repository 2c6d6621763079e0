/** Runs `systemctl`. All calls of it are made here. @module */
import { runTool, runWithin, type ToolEnd } from "./run_tool.ts";

/** The timeout of a query: long enough for a busy machine, but shorter than a stop may take. */
const QUERY_TIMEOUT_MS = 5000;

/** Subcommands that return at once. All others may wait until a service has started or stopped. */
const QUERIES: readonly string[] = ["show", "cat", "list-jobs", "is-active"];

/** Runs `systemctl`. Never rejects. */
export function systemctl(...args: string[]): Promise<ToolEnd> {
  return QUERIES.includes(args[0] ?? "")
    ? runWithin(QUERY_TIMEOUT_MS, "systemctl", args)
    : runTool("systemctl", ...args);
}
