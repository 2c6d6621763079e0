/** The metrics, by Prometheus' conventions. @module */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { metricsSink, programMetrics } from "../../../src/service/events/metrics.ts";
import { metricsFileText, parseMetrics, SIZE_LIMIT } from "../../../src/service/events/metrics_file.ts";
import { MARK } from "../../../src/service/install/systemd/unit_text.ts";
import type { LocatedEvent } from "../../../src/service/events/observed.ts";
import type { Status } from "../../../src/core/status.ts";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { realPorts } from "../../../src/system/real_ports.ts";
import { environmentOf } from "../../../src/system/process/process_io.ts";
import { main } from "../../../src/cli/main.ts";
import { memoryFs, memoryPorts } from "../../../src/testing.ts";
import { atSite, BAD, GOOD, machineWith, says } from "../../support/command_line.ts";
import { inTempDir } from "../../support/temp.ts";

const promtool = spawnSync("promtool", ["--version"]).error === undefined;

const value = (text: string, sample: RegExp) => Number(text.match(new RegExp(`^${sample.source} (\\S+)$`, "m"))?.[1]);
const counted = (text: string, event: string) =>
  value(text, new RegExp(`boot_sentinel_events_total\\{.*event="${event}"\\}`));

test("the metrics follow a rollback, and count on from one process to the next", async () => {
  await atSite(async ({ dir, call, callWith, exe, file }) => {
    const path = join(dir, "app.prom");
    const metrics = ["--metrics-file", path];
    await call("confirm", ...metrics);
    await call("swap", file("bad", BAD), "--to", "2.0.0", ...metrics);
    await call("check", ...metrics);
    const probation = readFileSync(path, "utf8");
    assert.equal(value(probation, /boot_sentinel_state\{.*state="probation"\}/), 1);
    assert.equal(value(probation, /boot_sentinel_attempts\{[^}]*\}/), 1);
    assert.equal(statSync(path).mode & 0o777, 0o644, "the collector is another user");
    for (let boot = 2; boot <= 4; boot++) await call("check", ...metrics);
    const text = readFileSync(path, "utf8");
    assert.equal(counted(text, "attempt"), 3);
    assert.equal(counted(text, "rolled-back"), 1);
    assert.equal(counted(text, "degraded"), 0);
    assert.equal(value(text, /boot_sentinel_quarantined_builds\{[^}]*\}/), 1);
    assert.ok(value(text, /boot_sentinel_last_event_timestamp_seconds\{.*event="rolled-back"\}/) > 1.6e9);
    assert.ok(!readdirSync(dir).includes("app.prom.tmp"));
    // A boot with nothing to tell still says that it was there.
    rmSync(path);
    await callWith({}, "run", "--exe", exe, ...metrics, "--", exe);
    assert.equal(value(readFileSync(path, "utf8"), /boot_sentinel_state\{.*state="rolled-back"\}/), 1);
  });
});

test("metrics that cannot be written keep nobody from anything", async () => {
  await atSite(async ({ dir, call }) => {
    const { code, log } = await call("check", "--metrics-file", join(dir, "nowhere/app.prom"));
    assert.equal(code, 0);
    assert.match(log.join("\n"), /Cannot report an event .*nowhere.*; the service goes on/);
  });
});

const status: Status = {
  schema: 1,
  exe: 'C:\\srv\\"app"\n.exe',
  dataDir: "/d",
  live: { version: "1", digest: "", size: 1, startable: true },
  state: "steady",
  pending: null,
  lastGood: { version: "1", digest: "", size: 1, takenAt: "2026-11-25T00:00:00.000Z", proven: true },
  generations: [],
  rolledBack: null,
  data: null,
  quarantined: [],
  watcher: null,
  problems: [],
};

const NO_TOTALS = { counts: new Map(), lastTimes: new Map() };

/** What `promtool check metrics` says of a text. */
function checked(text: string): object {
  const { status: code, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: text,
    encoding: "utf8",
  });
  return { code, stdout, stderr };
}

test("promtool has nothing to say about the metrics", {
  skip: promtool ? false : "promtool is missing: apt-get install prometheus",
}, () => {
  const totals = { counts: new Map([["attempt", 2]]), lastTimes: new Map([["attempt", 1e9]]) };
  const others = programMetrics({ service: 'w\\"eb', status: { ...status, exe: "/web" } }, NO_TOTALS, 2e9);
  const text = metricsFileText(programMetrics({ status }, totals, 1e9), others);
  assert.deepEqual(checked(text), { code: 0, stdout: "", stderr: "" });
  assert.match(text, /exe="C:\\\\srv\\\\\\"app\\"\\n\.exe"/);
  assert.match(text, /service="w\\\\\\"eb",exe="\/web"/);
});

/** The samples of a family, without the family's prefix. */
const samplesOf = (text: string, family: string) =>
  [...text.matchAll(new RegExp(`^boot_sentinel_${family}(\\{.*)$`, "gm"))].map(([, sample]) => sample);

test("one file has all services: each replaces its own samples, and what it counted before it was registered", async () => {
  await atSite(async ({ dir, exe, file, call, callWith }) => {
    const path = join(dir, "all.prom");
    const metrics = ["--metrics-file", path];
    const mail = file("mail", GOOD);
    mkdirSync(join(dir, "mail-state"));
    await call("confirm", ...metrics);
    await call("quarantine", "add", "9.0.0", ...metrics);
    const env = machineWith(dir, { web: { exe }, mail: { exe: mail, dataDir: join(dir, "mail-state") } });
    await callWith({ env }, "quarantine", "add", "9.0.1", "--name", "mail", ...metrics);
    const exes = (text: string) => samplesOf(text, "problems");
    const mixed = readFileSync(path, "utf8");
    assert.deepEqual(exes(mixed), [`{exe="${exe}"} 0`, `{service="mail",exe="${mail}"} 1`]);
    await callWith({ env }, "quarantine", "add", "9.0.2", "--exe", exe, ...metrics);
    const text = readFileSync(path, "utf8");
    assert.deepEqual(exes(text), [`{service="mail",exe="${mail}"} 1`, `{service="web",exe="${exe}"} 0`]);
    const added = samplesOf(text, "events_total").filter((sample) => sample?.includes('event="quarantined"'));
    assert.deepEqual(added.map((sample) => sample?.split("} ")[1]), ["1", "2"]);
    if (promtool) assert.deepEqual(checked(text), { code: 0, stdout: "", stderr: "" });
    assert.equal(text.split("# HELP boot_sentinel_state ").length, 2);
  });
});

test("status writes the metrics of all services", async () => {
  await atSite(async ({ dir, exe, callWith }) => {
    const path = join(dir, "all.prom");
    const env = machineWith(dir, { web: { exe }, bad: { keep: "many" }, mail: { exe: "/nowhere/mail" } });
    await callWith({ env }, "status", "--metrics-file", path);
    assert.deepEqual(samplesOf(readFileSync(path, "utf8"), "quarantined_builds"), [
      '{service="mail",exe="/nowhere/mail"} 0',
      `{service="web",exe="${exe}"} 0`,
    ]);
  });
});

test("a service that is uninstalled leaves the file to the others", async () => {
  const fs = memoryFs();
  const path = "/metrics/all.prom";
  fs.makeDirectory("/metrics");
  fs.put("/opt/web", GOOD, 0o755);
  // The second ones are those of a user, when the test is not run by root.
  for (const [registry, units] of [["/etc", "/etc/systemd/system"], ["/user", "/user/systemd/user"]] as const) {
    const settings = { exe: "/opt/web", dataDir: "/state", metricsFile: path };
    fs.put(`${registry}/boot-sentinel/web.json`, JSON.stringify(settings));
    fs.put(`${units}/web.service`, `${MARK}\n`);
  }
  const [web = [], mail = []] = ["web", "mail"].map((service) =>
    programMetrics({ service, status: { ...status, exe: `/opt/${service}` } }, NO_TOTALS, 1e9)
  );
  fs.put(path, metricsFileText(web, mail));
  await inTempDir(async (dir) => {
    const io = {
      args: [],
      cwd: dir,
      env: environmentOf({ HOME: "/user", XDG_CONFIG_HOME: "/user" }),
      stdout: (text: string) => said += text,
      systemctl: says(""),
    };
    let said = "";
    const code = await main(["service", "uninstall", "web"], { ports: memoryPorts(fs), io });
    assert.equal(code, 0, said);
    assert.match(said, /^Removed its metrics from \/metrics\/all\.prom$/m);
  });
  assert.equal(new TextDecoder().decode(fs.read(path, SIZE_LIMIT)), metricsFileText(mail, []));
});

test("two services that write one file at once lose nothing, and wait no longer than they may", () => {
  inTempDir((dir) => {
    const path = join(dir, "all.prom");
    const fs = nodeFs();
    const { lock } = realPorts();
    const waits: number[] = [];
    const sinkOf = (exe: string, meanwhile?: () => void) =>
      metricsSink({
        path,
        fs: Object.assign(Object.create(fs), {
          create(...file: Parameters<typeof fs.create>) {
            meanwhile?.();
            fs.create(...file);
          },
        }),
        lock: { acquire: (file, waitMs) => (waits.push(waitMs), lock.acquire(file, 0)) },
        programs: () => [{ status: { ...status, exe } }],
        now: () => 1e12,
      });
    const healthy = (exe: string): LocatedEvent[] => [
      { exe, dataDir: dir, event: "healthy", time: "2026-11-25T00:00:00.000Z" },
    ];
    const web = sinkOf("/web");
    const mail = sinkOf("/mail", () => {
      assert.throws(() => web.deliver(healthy("/web")), /all\.prom is kept busy by another process/);
      assert.throws(() => web.finish?.(), /is kept busy/);
    });
    mail.deliver(healthy("/mail"));
    web.finish?.();
    const text = readFileSync(path, "utf8");
    const counts = samplesOf(text, "events_total").filter((sample) => sample?.includes('"healthy"'));
    assert.deepEqual(counts, ['{exe="/mail",event="healthy"} 1', '{exe="/web",event="healthy"} 1']);
    assert.deepEqual(waits.map((waitMs) => waitMs > 0), [true, true, false, false], "a boot waits once");
  });
});

test("what was read before another process wrote is not written over it", () => {
  const fs = memoryFs();
  const { lock, clock: { now } } = memoryPorts(fs);
  let state: Status["state"] = "probation";
  const common = { path: "/all.prom", fs, now, programs: () => [{ status: { ...status, state } }] };
  const other = metricsSink({ ...common, lock });
  const slow = metricsSink({
    ...common,
    lock: {
      acquire(...how) {
        state = "rolled-back";
        other.finish?.();
        return lock.acquire(...how);
      },
    },
  });
  slow.finish?.();
  const text = new TextDecoder().decode(fs.read("/all.prom", SIZE_LIMIT));
  assert.equal(value(text, /boot_sentinel_state\{.*state="rolled-back"\}/), 1);
});

test("the file stays as small as it has to be: the programs that ran longest ago are left out", () => {
  const programs = [...Array(200).keys()].map((age) => ({
    service: `s${age}`,
    status: { ...status, exe: `/${"long".repeat(30)}/${age}` },
  }));
  const all = programs.map((program, age) => metricsFileText(programMetrics(program, NO_TOTALS, 1e9 - age), []));
  const families = parseMetrics(all.join(""));
  const text = metricsFileText(programMetrics({ status }, NO_TOTALS, 1e9), families);
  assert.ok(text.length <= SIZE_LIMIT && text.length > SIZE_LIMIT * 0.98, `${text.length}`);
  const left = samplesOf(text, "build_info").slice(0, -1).map((sample) =>
    Number(/service="s(\d+)"/.exec(sample ?? "")?.[1])
  );
  assert.deepEqual(left, [...left.keys()], "the newest");
  for (const family of ["state", "events_total"]) {
    assert.ok(!samplesOf(text, family).join().includes(`s${left.length}"`));
  }
});

test("samples that only a newer boot-sentinel knows are kept, lines of others and cut ones are not", () => {
  const newer = "# HELP boot_sentinel_moons Moons.\n# TYPE boot_sentinel_moons gauge\n" +
    'boot_sentinel_moons{exe="/b"} 3\n';
  const text = `${newer}node_time 1\nboot_sentinel_attempts{exe="/c"} 1`;
  assert.equal(metricsFileText([], parseMetrics(text)), newer);
});
