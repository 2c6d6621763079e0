/** The builds of the fleet's service: shell scripts that say "ready" once they are. @module */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A build. */
export interface Build {
  readonly version: string;
  readonly file: string;
}

/** What a build does. `$MACHINE` is the number of the machine. */
const BUILDS = {
  "1.0.0": "echo ready; exec sleep 1000",
  "2.0.0": "echo cannot migrate >&2; exit 1",
  "3.0.0": "exec sleep 1000",
  "4.0.0": 'case " $SICK " in *" $MACHINE "*) echo no such device >&2; exit 3;; esac; echo ready; exec sleep 1000',
  "5.0.0": "echo ready; exec sleep 1000 # better",
} as const;

/** Writes all builds. */
export function writeBuilds(dir: string): Record<keyof typeof BUILDS, Build> {
  mkdirSync(dir, { recursive: true });
  const written = Object.entries(BUILDS).map(([version, script]) => {
    const file = join(dir, `server-${version}`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return [version, { version, file }];
  });
  return Object.fromEntries(written);
}
