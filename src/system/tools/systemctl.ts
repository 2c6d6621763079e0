/** Runs `systemctl` and `journalctl`. All calls of them are made here. @module */
import { calls } from "../fs/calls.ts";
import { runTool, runWithin, type ToolEnd } from "./run_tool.ts";

/** The timeout of a query: long enough for a busy machine, but shorter than a stop may take. */
const QUERY_TIMEOUT_MS = 5000;

/** Subcommands that return at once. All others may wait until a service has started or stopped. */
const QUERIES: readonly string[] = ["show", "cat", "list-jobs", "is-active"];

/** Where they are. They are not looked for in PATH, which can be the service's own. */
const FOLDERS: readonly string[] = ["/usr/bin", "/bin", "/run/current-system/sw/bin"]; // the last one on NixOS

/** Runs `systemctl`. Never rejects. */
export function systemctl(...args: string[]): Promise<ToolEnd> {
  const verb = args.find((word) => !word.startsWith("-")) ?? "";
  return run("systemctl", args, QUERIES.includes(verb) ? QUERY_TIMEOUT_MS : undefined);
}

/** Runs `journalctl`, as a query. Never rejects. */
export function journalctl(...args: string[]): Promise<ToolEnd> {
  return run("journalctl", args, QUERY_TIMEOUT_MS);
}

function run(name: string, args: readonly string[], timeoutMs: number | undefined): Promise<ToolEnd> {
  const program = FOLDERS.map((folder) => `${folder}/${name}`).find((path) => calls().lstat(path) !== undefined);
  if (program === undefined) return Promise.resolve({ code: 127, stdout: "", stderr: `${name} is not installed` });
  return timeoutMs === undefined ? runTool(program, ...args) : runWithin(timeoutMs, program, args);
}
