/** pm2. @module */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Subject } from "./subject.ts";

/** Where it is installed: `BENCH_PM2` names a directory in which `npm i pm2` was run. */
const PROGRAM = join(process.env["BENCH_PM2"] ?? "", "node_modules/pm2/bin/pm2");

/** From the first `pm2 start`, which starts its daemon as well. */
export const pm2: Subject = {
  name: "pm2",
  absent: process.env["BENCH_PM2"] !== undefined && existsSync(PROGRAM)
    ? undefined
    : "not installed: npm i pm2 in a directory, and name that in BENCH_PM2",
  prepare: (place, { exe, args }) => [
    ...["env", `PM2_HOME=${join(place, "pm2")}`, "node", PROGRAM],
    ...["start", exe, "--name", "service", "--interpreter", "none", "--", ...args],
  ],
};
