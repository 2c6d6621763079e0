/** What a user does with each entry point, run by each runtime from the packed package; prints `fine`. @module */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type BootDecision,
  BootSentinel,
  FsError,
  nodeFs,
  type Ports,
  SentinelError,
} from "@boot-sentinel/boot-sentinel";
import { environmentOf, EXIT, main, type Surroundings } from "@boot-sentinel/boot-sentinel/cli";
import { faultFs, type MemoryFiles, memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";

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
  const [exe, update] = [join(dir, "server"), join(dir, "update")];
  for (const path of [exe, update]) writeFileSync(path, `#!/bin/sh\n# ${path}\n`, { mode: 0o755 });
  const sentinel = new BootSentinel({ dataDir: dir, exe });
  let refused: unknown;
  const before = () => {
    try {
      sentinel.swap(update, "3.0.0");
    } catch (error) {
      refused = error;
    }
  };
  sentinel.swap(update, "2.0.0", { before });
  assert.ok(refused instanceof SentinelError && refused.code === "busy", `the second updater: ${refused}`);
}

async function commandLine(): Promise<void> {
  nodeFs().create(join(dir, "app"), new TextEncoder().encode("#!/bin/sh\n"));
  let text = "";
  const env = environmentOf({ BOOT_SENTINEL_EXE: join(dir, "app"), BOOT_SENTINEL_DATA_DIR: join(dir, "state") });
  const surroundings: Surroundings = { io: { env, stdout: (more) => void (text += more) } };
  assert.equal(await main(["quarantine", "add", "2.0.0", "--quiet"], surroundings), EXIT.ok);
  assert.equal(await main(["status", "--json"], surroundings), EXIT.ok);
  assert.deepEqual(JSON.parse(text).quarantined.map((entry: { version: string }) => entry.version), ["2.0.0"]);
}
