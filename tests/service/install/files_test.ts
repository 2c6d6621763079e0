/** The files of an installation: written all or none, found again, and taken away. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dataDirFor } from "../../../src/service/install/data_dir.ts";
import { filesLeft, removeLeft, sizeOf } from "../../../src/service/install/leave.ts";
import { putFiles, readText } from "../../../src/service/install/put_files.ts";
import { registryFile } from "../../../src/service/install/registry_file.ts";
import { BootSentinel } from "../../../mod.ts";
import { type Fault, faultFs, memoryFs, memoryPorts, WRITING_VERBS } from "../../../src/testing.ts";

const NEW = [
  { path: "/etc/a/one", text: "1", mode: 0o600 },
  { path: "/etc/b/two", text: "2", mode: 0o644 },
];

test("putFiles() writes files with their modes, and its answer takes them and their new folders away", () => {
  const fs = memoryFs();
  fs.put("/etc/b/other", "kept");
  const before = fs.texts();
  const undo = putFiles(fs, NEW);
  assert.deepEqual(fs.texts(), { ...before, "/etc/a/one": "1", "/etc/b/two": "2" });
  assert.deepEqual(NEW.map(({ path }) => fs.info(path).mode & 0o777), [0o600, 0o644]);
  undo();
  assert.deepEqual(fs.texts(), before);
  assert.throws(() => fs.info("/etc/a"), { code: "notFound" });
  assert.equal(fs.info("/etc/b").kind, "directory");
});

test("putFiles() puts back what was there before", () => {
  const fs = memoryFs();
  fs.put("/etc/a/one", "old");
  putFiles(fs, NEW)();
  assert.equal(readText(fs, "/etc/a/one"), "old");
  assert.equal(readText(fs, "/etc/b/two"), undefined);
});

test("when one file cannot be written, all is as it was", () => {
  const memory = memoryFs();
  memory.put("/etc/a/one", "old");
  memory.put("/etc/b/two", "old"); // in a folder that is read-only: to write it again would fail as well
  const before = memory.texts();
  const fs = faultFs(memory, [{ code: "noSpace", verb: WRITING_VERBS, path: (path) => path.startsWith("/etc/b/") }]);
  assert.throws(() => putFiles(fs, NEW), /no space left.*; everything is as it was/);
  assert.deepEqual(memory.texts(), before);
});

test("what cannot be put back is told, and the rest is put back", () => {
  const memory = memoryFs();
  const faults: Fault[] = [];
  const fs = faultFs(memory, faults);
  const undo = putFiles(fs, NEW);
  faults.push({ code: "readOnly", verb: WRITING_VERBS, path: (path) => path.startsWith("/etc/b/") });
  assert.deepEqual(undo(), ["Cannot remove /etc/b/two: the file system is read-only"]);
  assert.deepEqual(memory.texts(), { "/etc/b/two": "2" });
});

test("the file of a service is for its owner alone when it may hold a secret", () => {
  const modeWith = (settings: Record<string, unknown>) => registryFile("/r/x.json", settings).mode;
  assert.equal(modeWith({ exe: "/a", probe: ["http://127.0.0.1/"], hookTimeout: "3s" }), 0o644);
  for (
    const settings of [
      { webhook: "https://example.org/token" },
      { hook: "notify --token x" },
      { beforeSwap: "backup" },
      { afterRollbackHook: "restore" },
      { probe: ["tcp://127.0.0.1:1", "http://joe:secret@127.0.0.1/"] },
      { advisoryProbe: ["https://joe:secret@example.org/"] },
    ]
  ) {
    assert.equal(modeWith(settings), 0o600, JSON.stringify(settings));
  }
  assert.deepEqual(JSON.parse(registryFile("/r/x.json", { exe: "/a" }).text), { exe: "/a" });
});

test("a service's state lies where it is told, or where the program has it already, or else in a new folder", () => {
  const fs = memoryFs();
  fs.put("/app/server", "#!1.0.0", 0o755);
  const dirFor = (named?: string) => dataDirFor(fs, "/app/server", named, "/state/new");
  assert.equal(dirFor(), "/state/new");
  assert.equal(dirFor("/named"), "/named");
  new BootSentinel({ exe: "/app/server", dataDir: "/elsewhere" }, memoryPorts(fs)).confirmHealthy();
  assert.equal(dirFor(), "/elsewhere", "the program is marked");
  assert.equal(dirFor("/named"), "/named");
  fs.put("/beside/server", "#!1.0.0", 0o755);
  new BootSentinel({ exe: "/beside/server", dataDir: "/beside" }, memoryPorts(fs)).confirmHealthy();
  assert.equal(dataDirFor(fs, "/beside/server", undefined, "/state/new"), "/beside");
});

test("what is left of a service are its kept builds, its marker and its state, and no file of others", () => {
  const fs = memoryFs();
  fs.put("/app/server", "#!1.0.0", 0o755);
  for (const other of ["server.conf", "server.last-good-notes", "other.last-good", "v2"]) {
    fs.put(`/app/${other}`, "#!2.0.0");
  }
  fs.put("/state/notes.txt", "mine");
  const before = fs.texts();
  const sentinel = new BootSentinel({ exe: "/app/server", dataDir: "/state" }, memoryPorts(fs));
  sentinel.confirmHealthy();
  sentinel.swap("/app/v2", "2.0.0");
  const files = filesLeft(fs, "/app/server", "/state");
  assert.ok(files.includes("/app/server.last-good") && files.includes("/app/server.boot-sentinel"), files.join(" "));
  assert.ok(sizeOf(fs, files) > 0);
  assert.deepEqual(removeLeft(fs, files, "/state"), []);
  assert.deepEqual(fs.texts(), { ...before, "/app/server": "#!2.0.0" });
  assert.deepEqual(filesLeft(fs, "/app/server", "/state"), []);
  assert.deepEqual(filesLeft(fs, "/none/server", "/none"), []);
});

test("the folder of the state goes when it is empty", () => {
  const fs = memoryFs();
  fs.put("/app/server", "#!1.0.0", 0o755);
  new BootSentinel({ exe: "/app/server", dataDir: "/state" }, memoryPorts(fs)).confirmHealthy();
  removeLeft(fs, filesLeft(fs, "/app/server", "/state"), "/state");
  assert.throws(() => fs.info("/state"), { code: "notFound" });
  assert.deepEqual(Object.keys(fs.texts()), ["/app/server"]);
});
