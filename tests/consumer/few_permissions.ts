/** Confirm, swap, crash loop and rollback, for a Deno that may read and write files and nothing else. @module */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { BootSentinel } from "@boot-sentinel/boot-sentinel";

const dataDir = mkdtempSync("/tmp/few-permissions-");
const exe = `${dataDir}/app`;
writeFileSync(exe, "#!/bin/sh\n", { mode: 0o755 });
writeFileSync(`${dataDir}/update`, "#!/bin/sh\nexit 1\n");

const before = new BootSentinel({ dataDir, exe, version: "1.0.0" });
before.confirmHealthy();
before.swap(`${dataDir}/update`, "2.0.0");
const after = new BootSentinel({ dataDir, exe, version: "2.0.0" });
console.log([1, 2, 3, 4].map(() => after.checkOnBoot().kind).join(" "));
rmSync(dataDir, { recursive: true });
