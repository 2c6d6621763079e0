/** The command line in a process that has started and waits for the end of a pipe: `barrier_driver PIPE ARGUMENTS…`. */
import { readFileSync } from "node:fs";
import process from "node:process";

const [pipe = ""] = process.argv.splice(2, 1);
readFileSync(pipe);
await import("../../../src/cli/entry.ts");
