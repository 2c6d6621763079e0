/** A tool of the system in a dry run. @module */
import type { ToolEnd } from "../system/tools/run_tool.ts";
import type { Context } from "./command.ts";

/** Tells what would be run. */
export function wouldRun({ io }: Pick<Context, "io">, program: string): (...words: string[]) => Promise<ToolEnd> {
  return (...words) => {
    io.stdout(`would run ${[program, ...words].join(" ")}\n`);
    return Promise.resolve({ code: 0, stdout: "", stderr: "" });
  };
}
