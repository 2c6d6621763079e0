/** runit: `runsv`, one a service. @module */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execLine, missing, type Subject } from "./subject.ts";

/** A service directory with a `run` script. */
export const runit: Subject = {
  name: "runit (runsv)",
  absent: missing("runsv", "runit"),
  prepare(place, service) {
    writeFileSync(join(place, "run"), `#!/bin/sh\n${execLine(service)}\n`, { mode: 0o755 });
    return ["runsv", place];
  },
};
