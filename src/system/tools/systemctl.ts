/** Runs `systemctl`. All calls of it are made here. @module */
import { calls } from "../fs/calls.ts";
import { runTool, runWithin, type ToolEnd } from "./run_tool.ts";

/** The timeout of a query: long enough for a busy machine, but shorter than a stop may take. */
const QUERY_TIMEOUT_MS = 5000;

/** Subcommands that return at once. All others may wait until a service has started or stopped. */
const QUERIES: readonly string[] = ["show", "cat", "list-jobs", "is-active"];

/** Where it is. It is not looked for in PATH, which can be the service's own. */
const PATHS: readonly string[] = [
  "/usr/bin/systemctl",
  "/bin/systemctl",
  "/run/current-system/sw/bin/systemctl", // NixOS
];

/** Runs `systemctl`. Never rejects. */
export function systemctl(...args: string[]): Promise<ToolEnd> {
  const program = PATHS.find((path) => calls().lstat(path) !== undefined);
  if (program === undefined) return Promise.resolve({ code: 127, stdout: "", stderr: "systemctl is not installed" });
  const verb = args.find((word) => !word.startsWith("-")) ?? "";
  return QUERIES.includes(verb) ? runWithin(QUERY_TIMEOUT_MS, program, args) : runTool(program, ...args);
}
