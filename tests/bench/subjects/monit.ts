/** monit. It looks every second, and starts what it does not find running. @module */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing, type Subject } from "./subject.ts";

/** In the foreground, with one process to look after. */
export const monit: Subject = {
  name: "monit",
  absent: missing("monit", "monit"),
  prepare(place, { exe, args }) {
    const [config, start, pidFile] = [join(place, "monitrc"), join(place, "start"), join(place, "service.pid")];
    const words = [exe, ...args].map((word) => `'${word}'`).join(" ");
    writeFileSync(start, `#!/bin/sh\n${words} >/dev/null 2>&1 &\necho $! >${pidFile}\n`, { mode: 0o755 });
    // It refuses a configuration that others may read.
    writeFileSync(
      config,
      `set daemon 1
set log /dev/null
set pidfile ${join(place, "monit.pid")}
set idfile ${join(place, "monit.id")}
set statefile ${join(place, "monit.state")}
check process service with pidfile ${pidFile}
  start program = "${start}"
`,
      { mode: 0o600 },
    );
    return ["monit", "-I", "-c", config];
  },
};
