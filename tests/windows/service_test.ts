import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { openEventLog } from "../../src/system/windows/event_log.ts";
import { registryStrings } from "../../src/system/windows/registry.ts";
import {
  installService,
  type ServiceReport,
  type ServiceSpec,
  showService,
  startService,
  stopService,
  uninstallService,
} from "../../src/system/windows/service_manager.ts";
import { Win32Error } from "../../src/system/windows/win32.ts";
import { CHILD, DRIVER, isWine, linesOf, onWindows, textOf, until } from "./support.ts";

// A service that was just removed keeps its name until the last look at it has ended, and an aborted run leaves its
// services behind: each test has a name of its own.
let services = 0;
const newName = () => `sentinel-test-${Date.now()}-${process.pid}-${++services}`;

interface Service {
  readonly name: string;
  show(): ServiceReport;
  state(wanted: ServiceReport["state"]): Promise<void>;
}

/** Installs a service for one test, and uninstalls it after. */
async function withService(spec: Omit<ServiceSpec, "name">, use: (service: Service) => Promise<void>): Promise<void> {
  const name = newName();
  installService({ start: "demand", ...spec, name });
  const show = () => showService(name) ?? assert.fail("The service is not installed");
  try {
    await use({ name, show, state: (wanted) => until(`the service is ${wanted}`, () => show().state === wanted) });
  } finally {
    uninstallService(name);
  }
}

onWindows("a service is started, runs its program, and is stopped with all that it started", async (dir) => {
  const [events, up, copies] = [join(dir, "events"), join(dir, "up"), join(dir, "copy")];
  const child = [CHILD, "--events", events, "--heartbeat", up, "--spawn", "2", "--copies", copies];
  await withService({ program: DRIVER, args: ["host", "--", ...child] }, async (service) => {
    startService(service.name);
    await service.state("running");
    await until("the last copy is up", () => textOf(`${copies}1`) !== "" && textOf(up) !== "");
    const pids = [up, `${copies}1`, `${copies}2`].map((file) => Number(textOf(file).split(" ")[1]));
    stopService(service.name);
    await service.state("stopped");
    assert.deepEqual(linesOf(events), ["start", isWine() ? "ctrl-c" : "ctrl-break", "end"]);
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), `${pid} is still there`);
    assert.equal(service.show().exitCode, 0);
  });
});

onWindows("the runtime of this test can be a service, too, from the sources", async (dir) => {
  const [up, events] = [join(dir, "up"), join(dir, "events")];
  const driver = fileURLToPath(new URL("driver.ts", import.meta.url));
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const script = "deno" in process.versions
    ? ["run", "--allow-all", "--no-check", "--config", config, driver]
    : [driver];
  const args = [...script, "host", "--", CHILD, "--heartbeat", up, "--events", events];
  await withService({ program: process.execPath, args }, async (service) => {
    startService(service.name);
    await until("the program is up", () => textOf(up) !== "");
    await service.state("running");
    stopService(service.name);
    await service.state("stopped");
    assert.equal(linesOf(events).at(-1), "end");
    assert.equal(service.show().exitCode, 0);
  });
});

onWindows("a service whose program does not follow is stopped at the deadline, with 0", async (dir) => {
  const [events, up, log] = [join(dir, "events"), join(dir, "up"), join(dir, "log")];
  const host = ["host", "--log", log, "--stop-timeout", "2500", "--ask-every", "200"];
  // Ctrl+C, which wine sends instead of Ctrl+Break, is not ignored by the child: a child that hangs hears neither.
  const args = [...host, "--", CHILD, "--events", events, "--heartbeat", up, "--ignore-break", "--ignore-c"];
  await withService({ program: DRIVER, args }, async (service) => {
    startService(service.name);
    await until("the program is up", () => textOf(up) !== "");
    const begun = Date.now();
    stopService(service.name);
    await service.state("stopPending");
    await service.state("stopped");
    assert.ok(Date.now() - begun >= 2000);
    assert.equal(service.show().exitCode, 0);
    assert.ok(!linesOf(events).includes("end"));
    assert.match(textOf(log), /did not end within 2500 ms: killing it/);
  });
});

onWindows("a service whose program crashes stops with the program's code, for the recovery actions", async () => {
  await withService({ program: DRIVER, args: ["host", "--", CHILD, "--exit", "7"] }, async (service) => {
    startService(service.name);
    await service.state("stopped");
    assert.equal(service.show().exitCode, 7);
  });
});

onWindows("a service whose program is missing stops with 127", async (dir) => {
  await withService({ program: DRIVER, args: ["host", "--", join(dir, "missing.exe")] }, async (service) => {
    startService(service.name);
    await service.state("stopped");
    assert.equal(service.show().exitCode, 127);
  });
});

onWindows("a service whose gate takes long is START_PENDING meanwhile, and can be stopped after", async (dir) => {
  const args = ["host", "--gate-ms", "3000", "--", CHILD, "--heartbeat", join(dir, "up")];
  await withService({ program: DRIVER, args }, async (service) => {
    startService(service.name);
    assert.equal(service.show().state, "startPending");
    await service.state("running");
    await until("the program is up", () => textOf(join(dir, "up")) !== "");
    stopService(service.name);
    await service.state("stopped");
  });
});

onWindows("a bad build swapped in under a running service is rolled back, and the service is running", async (dir) => {
  const [exe, good, up, boots] = [join(dir, "svc.exe"), join(dir, "good.exe"), join(dir, "up"), join(dir, "boots")];
  copyFileSync(CHILD, exe);
  copyFileSync(CHILD, good);
  appendFileSync(good, "SVC_CHILD:--version 1.0.0-restored");
  appendFileSync(exe, "SVC_CHILD:--version 2.0.0 --mode bad");
  const host = ["host", "--boots", boots, "--restart", "on-failure", "--rollback", good];
  await withService({ program: DRIVER, args: [...host, "--", exe, "--heartbeat", up] }, async (service) => {
    startService(service.name);
    await until("the good build is up", () => textOf(up).startsWith("1.0.0-restored "));
    assert.equal(service.show().state, "running");
    assert.deepEqual(linesOf(boots), ["1", "2", "3", "4"]);
    assert.ok(existsSync(`${exe}.rollback-bak`));
    assert.deepEqual(readFileSync(exe), readFileSync(good));
    stopService(service.name);
    await service.state("stopped");
  });
});

onWindows("a console event does not end a service", async (dir) => {
  const [up, log] = [join(dir, "up"), join(dir, "log")];
  const args = ["host", "--log", log, "--raise-ctrl-c", "--", CHILD, "--heartbeat", up];
  await withService({ program: DRIVER, args }, async (service) => {
    startService(service.name);
    await until("the event was raised", () => /raised true/.test(textOf(log)));
    await until("the program is up", () => textOf(up) !== "");
    assert.equal(service.show().state, "running");
    stopService(service.name);
    await service.state("stopped");
    assert.equal(service.show().exitCode, 0);
  });
});

onWindows("hosting outside a service is noticed within two seconds", (dir) => {
  const log = join(dir, "log");
  spawnSync(DRIVER, ["host", "--log", log, "--", CHILD, "--exit", "0"]);
  const [begins = "", notService = ""] = linesOf(log);
  assert.match(notService, /Not a service/);
  const took = Date.parse(notService.slice(0, 24)) - Date.parse(begins.slice(0, 24));
  assert.ok(took < 2000, `${took} ms`);
});

onWindows("installService() writes what showService() reads", async () => {
  const args = ["run", "--", "C:\\Program Files\\Ünï svc\\svc.exe", "two words", "trailing\\", ""];
  const spec = { program: DRIVER, args, displayName: "Sentinel test ☃", description: "Tests the sentinel" };
  await withService(spec, (service) => {
    const found = service.show();
    const quoted = `"${DRIVER}" run -- "C:\\Program Files\\Ünï svc\\svc.exe" "two words" trailing\\ ""`;
    assert.equal(found.commandLine, quoted);
    assert.deepEqual([found.start, found.state, found.pid], ["demand", "stopped", 0]);
    assert.equal(found.account, "LocalSystem");
    assert.equal(found.displayName, "Sentinel test ☃");
    assert.equal(found.description, "Tests the sentinel");
    assert.deepEqual(found.environment, ["BUN_BE_BUN=", "BUN_OPTIONS="]);
    if (!isWine()) {
      // Wine keeps no recovery actions.
      assert.deepEqual(found.restartDelaysMs, [5000, 5000, 30_000]);
      assert.equal(found.restartsOnFailureCode, true);
    }
    const key = `SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\${service.name}`;
    assert.match(registryStrings(key, "EventMessageFile")?.[0] ?? "", /EventCreate\.exe$/i);
    return Promise.resolve();
  });
});

onWindows("installService() refuses a name that is taken, and says what to do", async () => {
  const spec = { program: DRIVER, args: [] };
  await withService(spec, (service) => {
    assert.throws(
      () => installService({ ...spec, name: service.name }),
      (error: Error) => error instanceof Win32Error && error.code === 1073 && /uninstall it first/.test(error.message),
    );
    return Promise.resolve();
  });
});

onWindows("showService() and uninstallService() know a service that is not there", () => {
  assert.equal(showService("sentinel-no-such-service"), undefined);
  assert.throws(() => uninstallService("sentinel-no-such-service"), { name: "Win32Error", code: 1060 });
});

onWindows("openEventLog() takes messages of every level, long ones too", () => {
  const log = openEventLog("sentinel-test");
  for (const level of ["info", "warn", "error"] as const) log.write(level, "Test ☃");
  log.write("info", "x".repeat(100_000));
  log.close();
});
