/** What a user does with each entry point, run by each runtime from the packed package; prints `fine`. @module */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BootDecision, BootSentinel, type Ports, SentinelError } from "@boot-sentinel/boot-sentinel";
import { EXIT, type Io, main, realIo, realPorts } from "@boot-sentinel/boot-sentinel/cli";
import { faultFs, FsError, type MemoryFiles, memoryFs, memoryPorts, nodeFs } from "@boot-sentinel/boot-sentinel/fs";

const dir = mkdtempSync(join(tmpdir(), "uses-library-"));
try {
  crashLoopInMemory();
  oneUpdaterAtATime();
  await commandLine();
  console.log("fine");
} finally {
  rmSync(dir, { recursive: true });
}

function crashLoopInMemory(): void {
  const disk: MemoryFiles = memoryFs();
  disk.put("/app/server", "#!1.0.0", 0o755);
  disk.put("/tmp/update", "#!2.0.0", 0o755);
  const ports: Ports = memoryPorts(disk);
  const about = { dataDir: "/state", exe: "/app/server" };

  const full = faultFs(disk, [{ code: "noSpace", verb: "copy" }]);
  const unlucky = new BootSentinel({ ...about, version: "1.0.0" }, { ...ports, fs: full });
  assert.throws(() => unlucky.swap("/tmp/update", "2.0.0"), FsError);

  new BootSentinel({ ...about, version: "1.0.0" }, ports).swap("/tmp/update", "2.0.0");
  const updated = new BootSentinel({ ...about, version: "2.0.0" }, ports);
  const boots: BootDecision["kind"][] = [1, 2, 3, 4].map(() => updated.checkOnBoot().kind);
  assert.deepEqual(boots, ["proceed", "proceed", "proceed", "rolledBack"]);
  assert.throws(() => updated.swap("/tmp/update", "2.0.0"), SentinelError);
}

/** The lock works in this runtime, whatever it is made of. */
function oneUpdaterAtATime(): void {
  const path = join(dir, ".lock");
  const held = realPorts().lock.acquire(path, 0);
  assert.ok(typeof held === "object", `the lock is ${held}`);
  assert.equal(realPorts().lock.acquire(path, 0), "busy");
  held.release();
}

async function commandLine(): Promise<void> {
  nodeFs().create(join(dir, "app"), new TextEncoder().encode("#!/bin/sh\n"));
  let text = "";
  const io: Io = { ...realIo, env: { BOOT_SENTINEL_EXE: join(dir, "app") }, stdout: (more) => void (text += more) };
  assert.equal(await main(["quarantine", "add", "2.0.0", "--quiet"], io, () => realPorts()), EXIT.ok);
  assert.equal(await main(["status", "--json"], io, () => realPorts()), EXIT.ok);
  assert.deepEqual(JSON.parse(text).quarantined.map((entry: { version: string }) => entry.version), ["2.0.0"]);
}
