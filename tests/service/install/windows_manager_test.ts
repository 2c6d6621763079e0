/** What a Windows service is installed with: without Windows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServicePlan } from "../../../src/service/install/service_manager.ts";
import { windowsManager, type WindowsServices } from "../../../src/service/install/windows_manager.ts";
import type { ServiceSpec } from "../../../src/system/windows/service_manager.ts";

const PLAN: ServicePlan = {
  name: "Web",
  wrap: false,
  self: "C:\\Program Files\\bs\\boot-sentinel.exe",
  command: ["C:\\web\\server.exe", "--port", "80"],
  exe: undefined,
  dataDir: "D:\\state",
  user: undefined,
  type: "exec",
  runArgs: ["--probe", "tcp://127.0.0.1:80"],
  stoppedArgs: [],
  maxAttempts: 3,
  afterRollback: "run",
  deadlineMs: 300_000,
  stopTimeoutMs: 15_000,
  description: undefined,
  delayed: false,
  password: undefined,
  start: true,
};

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
  const said = await windowsManager(system, { DENO_V8_FLAGS: "--x", Bun_Config_X: "1", PATH: "" }).install(PLAN);
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
    await windowsManager(system, {}).install({ ...PLAN, user, password: "secret", delayed: true });
    assert.deepEqual([system.specs[0]?.account, system.specs[0]?.start], [account, "delayed"]);
    assert.equal(system.specs[0]?.password, "secret");
  }
});

test("show() changes nothing, and quotes the command as it would be written", async () => {
  const system = services();
  const text = await windowsManager(system, {}).show(PLAN);
  assert.match(
    text,
    /^command +"C:\\Program Files\\bs\\boot-sentinel\.exe" run .* -- C:\\web\\server\.exe --port 80$/m,
  );
  assert.match(text, /^now +not installed$/m);
  assert.deepEqual([system.specs, system.calls], [[], []]);
  await assert.rejects(windowsManager(system, {}).show({ ...PLAN, command: [] }), { code: "missing" });
});

test("what cannot be done is refused before anything changes", async () => {
  const system = services();
  const manager = windowsManager(system, {});
  await assert.rejects(manager.install({ ...PLAN, wrap: true }), /does not work with Windows services/);
  await assert.rejects(manager.install({ ...PLAN, name: "a/b" }), /as a service's name/);
  await assert.rejects(manager.install({ ...PLAN, exe: "C:\\other.exe" }), /omit --exe/);
  await assert.rejects(manager.uninstall({ name: "Web", wrap: true }), /does not work with Windows services/);
  assert.deepEqual([system.specs, system.calls], [[], []]);
});

test("a service that does not start is said to be installed", async () => {
  const startService = () => {
    throw new Error("error 1053");
  };
  await assert.rejects(
    windowsManager(services({ startService }), {}).install(PLAN),
    /Web is installed, but does not start: error 1053/,
  );
});
