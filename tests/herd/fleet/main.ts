/**
 * Lives the life of a fleet and prints what became of each build.
 *
 * `bun tests/herd/fleet/main.ts [MACHINES]`
 *
 * @module
 */
import process from "node:process";
import { story } from "./story.ts";

const machines = Number(process.argv[2] ?? 50);
const begun = performance.now();
console.log(`${machines} machines, two judges, one server`);
await story({ machines }, ({ build, confirmed, failed, refused }) => {
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(
    `${seconds.padStart(4)} s  ${build}: confirmed on ${confirmed}, put back on ${failed}, withheld from ${refused}`,
  );
});
console.log("All machines run the good build, and every report has arrived");
