/** What a Windows service is installed with: without Windows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServicePlan } from "../../../src/service/install/service_manager.ts";
import { windowsManager, type WindowsServices } from "../../../src/service/install/windows_manager.ts";
import { memoryFs } from "../../../src/testing.ts";
import type { ServiceSpec } from "../../../src/system/windows/service_manager.ts";

const PLAN: ServicePlan = {
  name: "Web",
  dropIn: undefined,
  self: "C:\\Program Files\\bs\\boot-sentinel.exe",
  command: ["C:\\web\\server.exe", "--port", "80"],
  exe: undefined,
  guard: undefined,
  dataDir: "D:\\state",
  user: undefined,
  type: "exec",
  runArgs: ["--probe", "tcp://127.0.0.1:80"],
  settings: { probe: ["tcp://127.0.0.1:80"] },
  probes: ["tcp://127.0.0.1:80"],
  probeTimeoutMs: 1000,
  isConfirmedByHand: false,
  maxAttempts: 3,
  afterRollback: "run",
  gateMs: 75_000,
  stopTimeoutMs: 15_000,
  description: undefined,
  delayed: false,
  password: undefined,
  start: true,
};

const REGISTERED = "/ProgramData/boot-sentinel/Web.json";

/** A manager that registers services in a folder in memory. */
function managerOf(system: WindowsServices, env: Record<string, string | undefined> = {}) {
  const fs = memoryFs({ windows: true });
  return { fs, manager: windowsManager(system, env, { fs, folder: "/ProgramData/boot-sentinel" }) };
}

function services(more: Partial<WindowsServices> = {}) {
  const specs: ServiceSpec[] = [];
  const calls: string[] = [];
  return {
    specs,
    calls,
    installService(spec: ServiceSpec) {
      specs.push(spec);
      return ["a warning"];
    },
    uninstallService: (name: string) => void calls.push(`uninstall ${name}`),
    showService: () => undefined,
    startService: (name: string) => void calls.push(`start ${name}`),
    ...more,
  };
}

test("install() writes run, its options, the event source and the data directory before the program's words", async () => {
  const system = services();
  const { manager } = managerOf(system, { DENO_V8_FLAGS: "--x", Bun_Config_X: "1", PATH: "" });
  const said = await manager.install(PLAN);
  assert.deepEqual(system.specs[0]?.args, [
    "run",
    "--probe",
    "tcp://127.0.0.1:80",
    "--event-source",
    "Web",
    "--data-dir",
    "D:\\state",
    "--",
    "C:\\web\\server.exe",
    "--port",
    "80",
  ]);
  assert.deepEqual(system.specs[0]?.environment, {
    BUN_BE_BUN: "",
    BUN_OPTIONS: "",
    BUN_CONFIG_X: "",
    DENO_V8_FLAGS: "",
  });
  assert.equal(system.specs[0]?.preshutdownMs, 25_000);
  assert.deepEqual(system.calls, ["start Web"]);
  assert.deepEqual(said, ["Installed the service Web", "a warning", "Web is starting through the gate"]);
});

test("install() names accounts as the manager wants them", async () => {
  const accounts: Record<string, string | undefined> = {
    LocalService: "NT AUTHORITY\\LocalService",
    LocalSystem: "LocalSystem",
    "NT SERVICE\\Web": "NT SERVICE\\Web",
    joe: ".\\joe",
    "joe@example.org": "joe@example.org",
  };
  for (const [user, account] of Object.entries(accounts)) {
    const system = services();
    await managerOf(system).manager.install({ ...PLAN, user, password: "secret", delayed: true });
    assert.deepEqual([system.specs[0]?.account, system.specs[0]?.start], [account, "delayed"]);
    assert.equal(system.specs[0]?.password, "secret");
  }
});

test("show() changes nothing, and quotes the command as it would be written", async () => {
  const system = services();
  const { manager, fs } = managerOf(system);
  const { text } = await manager.show(PLAN);
  assert.match(
    text,
    /^command +"C:\\Program Files\\bs\\boot-sentinel\.exe" run .* -- C:\\web\\server\.exe --port 80$/m,
  );
  assert.match(text, /^now +not installed$/m);
  assert.deepEqual([system.specs, system.calls, fs.texts()], [[], [], {}]);
  await assert.rejects(manager.show({ ...PLAN, command: [] }), { code: "missing" });
});

test("what cannot be done is refused before anything changes", async () => {
  const system = services();
  const { manager, fs } = managerOf(system);
  await assert.rejects(manager.install({ ...PLAN, dropIn: "Web" }), /does not work with Windows services/);
  await assert.rejects(manager.install({ ...PLAN, name: "a/b" }), /as a service's name/);
  await assert.rejects(manager.install({ ...PLAN, exe: "C:\\other.exe" }), /omit --exe/);
  await assert.rejects(
    manager.uninstall({ name: "Web", dropIn: "Web", purge: false }),
    /does not work with Windows services/,
  );
  assert.deepEqual([system.specs, system.calls, fs.texts()], [[], [], {}]);
});

test("install() registers the service with its settings, uninstall() takes that away and tells what is left", async () => {
  const system = services();
  const plan = { ...PLAN, command: ["/web/server.exe"], dataDir: "/state" };
  const { manager, fs } = managerOf(system);
  fs.put("/web/server.exe", "MZ");
  fs.put("/web/server.exe.last-good", "MZ");
  fs.put("/state/.boot-record.json", "{}");
  await manager.install(plan);
  assert.deepEqual(JSON.parse(fs.texts()[REGISTERED] ?? ""), {
    probe: ["tcp://127.0.0.1:80"],
    exe: "/web/server.exe",
    dataDir: "/state",
  });
  const said = await manager.uninstall({ name: "Web", dropIn: undefined, purge: false });
  assert.equal(fs.texts()[REGISTERED], undefined);
  assert.deepEqual(said.slice(1), [
    "Left: /web/server.exe.last-good",
    "Left: /state/.boot-record.json",
  ]);
  await manager.install(plan);
  await manager.uninstall({ name: "Web", dropIn: undefined, purge: true });
  assert.deepEqual(Object.keys(fs.texts()), ["/web/server.exe"]);
});

test("a service that cannot be installed is not registered", async () => {
  const installService = () => {
    throw new Error("error 1072");
  };
  const { manager, fs } = managerOf(services({ installService }));
  await assert.rejects(manager.install(PLAN), /error 1072/);
  assert.deepEqual(fs.texts(), {});
});

test("a service that does not start is said to be installed", async () => {
  const startService = () => {
    throw new Error("error 1053");
  };
  await assert.rejects(
    managerOf(services({ startService })).manager.install(PLAN),
    /Web is installed, but does not start: error 1053/,
  );
});
