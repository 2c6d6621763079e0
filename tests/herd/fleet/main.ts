/**
 * Lives the life of a fleet and prints what became of each build.
 *
 * `bun tests/herd/fleet/main.ts [MACHINES] [EXECUTABLE]`: with the compiled executable each command is a process of
 * its own, and all clocks are right.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import process from "node:process";
import type { MachineOptions } from "./machine.ts";
import { story } from "./story.ts";

const machines = Number(process.argv[2] ?? 50);
const executable = process.argv[3];
const begun = performance.now();
console.log(`${machines} machines, two judges, one server`);
await story({ machines, ...commandOf(executable) }, ({ build, confirmed, failed, refused }) => {
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  const ends = `confirmed on ${confirmed}, put back on ${failed}, withheld from ${refused}`;
  console.log(`${seconds.padStart(4)} s  ${build}: ${ends}`);
});
console.log("All machines run the good build, and every report has arrived");

/** Commands of a machine as processes. */
function commandOf(executable: string | undefined): Pick<MachineOptions, "command"> {
  if (executable === undefined) return {};
  const program = resolve(executable);
  // The judges are started by it.
  process.env["SENTINEL_UNDER_TEST"] = program;
  return {
    command: (env, args) =>
      new Promise((done) =>
        execFile(program, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
          done({ code: error === null ? 0 : Number(error.code), stdout, stderr, log: stderr.split("\n") });
        })
      ),
  };
}
