/** s6: `s6-supervise`, one a service. @module */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execLine, missing, type Subject } from "./subject.ts";

/** A service directory with a `run` script. */
export const s6: Subject = {
  name: "s6 (s6-supervise)",
  absent: missing("s6-supervise", "s6"),
  prepare(place, service) {
    writeFileSync(join(place, "run"), `#!/bin/sh\n${execLine(service)}\n`, { mode: 0o755 });
    return ["s6-supervise", place];
  },
};
