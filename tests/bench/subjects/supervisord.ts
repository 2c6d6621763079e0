/** supervisord. @module */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing, type Subject } from "./subject.ts";

/** In the foreground, with one program. */
export const supervisord: Subject = {
  name: "supervisord",
  absent: missing("supervisord", "supervisor"),
  prepare(place, { exe, args }) {
    const config = join(place, "supervisord.conf");
    writeFileSync(
      config,
      `[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=${join(place, "supervisord.pid")}

[program:service]
command=${[exe, ...args].join(" ")}
autorestart=true
`,
    );
    return ["supervisord", "--configuration", config];
  },
};
