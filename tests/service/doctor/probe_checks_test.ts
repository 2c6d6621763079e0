/** The doctor tries each probe: does it pass now, and is it the service that answers? @module */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { createServer as createHttpServer } from "node:http";
import process from "node:process";
import { test } from "node:test";
import type { Finding, Machine, Target } from "../../../src/service/doctor/check.ts";
import { parseUnit } from "../../../src/service/doctor/live_unit.ts";
import { examineProbes } from "../../../src/service/doctor/probe_checks.ts";
import { addressesOf, isOwnAddress, type Listener } from "../../../src/system/process/listeners.ts";
import { listenersOn, parseListeners, reachedAt, socketsOf } from "../../../src/system/process/listeners.ts";
import { httpGet, tcpConnect } from "../../../src/system/process/probe_calls.ts";

/** What a test knows of the machine. */
interface Asked {
  /** What `systemctl show` prints; `undefined`: no unit is named. */
  readonly unit?: Readonly<Record<string, string>> | undefined;
  readonly answers?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly listeners?: readonly Listener[];
  /** The sockets of the unit's processes; `undefined`: they may not be seen. */
  readonly sockets?: readonly string[] | undefined;
  readonly file?: string;
  readonly exitCode?: number;
  readonly uid?: number;
  readonly isConfirmedByHand?: boolean;
}

const ACTIVE = { ActiveState: "active", Type: "exec", MainPID: "7", ControlGroup: "/system.slice/app.service" };
const INACTIVE = { ...ACTIVE, ActiveState: "inactive", MainPID: "0" };

async function found(probe: string | undefined, asked: Asked = {}): Promise<Finding[]> {
  const { unit = ACTIVE, answers = true, uid = 0 } = asked;
  const shown = Object.entries(unit).map(([name, value]) => `${name}=${value}\n`).join("");
  const refuse = () => Promise.reject(new Error("connection refused"));
  const machine = {
    user: { name: "somebody", uid },
    io: {
      tcpConnect: () => answers ? Promise.resolve() : refuse(),
      httpGet: () => answers ? Promise.resolve({ status: 200, headers: asked.headers ?? {}, body: "" }) : refuse(),
      shell: () => Promise.resolve(asked.exitCode ?? 0),
      fileStamp: () => asked.file,
      hasSystemd: () => true,
    },
    facts: {
      addressesOf: (host: string) => Promise.resolve([host]),
      isOwnAddress: (address: string) => address.startsWith("127."),
      listenersOn: () => asked.listeners ?? [{ address: "0100007F", inode: "5" }],
      processesIn: () => [7],
      socketsOf: () => "sockets" in asked ? asked.sockets && new Set(asked.sockets) : new Set(["5"]),
    },
  } as unknown as Machine;
  const target = {
    probes: [probe].filter((one) => one !== undefined),
    probeTimeoutMs: 1000,
    selector: "--name app",
    isConfirmedByHand: asked.isConfirmedByHand,
  } as unknown as Target;
  return await examineProbes({
    target,
    machine,
    unit: "unit" in asked && asked.unit === undefined ? undefined : parseUnit("app.service", false, shown, ""),
    runner: { name: "root", writer: "user 0" },
  });
}

const codes = async (...of: Parameters<typeof found>) =>
  (await found(...of)).map(({ verdict, code }) => `${verdict} ${code}`);

const TCP = "tcp://127.0.0.1:4222";
const HTTP = "http://127.0.0.1:8080/health";

for (
  const [what, probe, asked, expected] of [
    ["is not set", undefined, {}, ["note no-probe"]],
    ["is not set, since builds are confirmed by hand", undefined, { isConfirmedByHand: true }, ["note by-hand"]],
    ["passes", TCP, {}, ["good ok"]],
    ["passes over HTTP", HTTP, {}, ["good ok"]],
    ["fails while the service runs", TCP, { answers: false }, ["bad probe-fails"]],
    ["fails while the service does not run", TCP, { answers: false, unit: INACTIVE }, ["note probe-not-tried"]],
    ["passes while the service does not run", TCP, { unit: INACTIVE }, ["bad probe-answered-by-another"]],
    ["is answered by another process", HTTP, { sockets: ["6"] }, ["bad probe-answered-by-another"]],
    ["is answered by this or another process", TCP, {
      listeners: [{ address: "0100007F", inode: "5" }, { address: "0100007F", inode: "6" }],
    }, ["bad probe-answered-by-another"]],
    ["is answered by nobody who may be seen", TCP, { sockets: undefined }, ["unknown probe-owner-unknown"]],
    ["is answered by another machine", "tcp://192.0.2.1:80", {}, ["note probe-elsewhere"]],
    ["is answered by a cache", HTTP, { headers: { age: "60" } }, ["good ok", "note probe-cached"]],
    ["is answered through a proxy", HTTP, { headers: { via: "1.1 proxy" } }, ["good ok", "note probe-cached"]],
    ["misses a cache", HTTP, { headers: { "x-cache": "MISS" } }, ["good ok"]],
    ["would start the service", TCP, { unit: { ...INACTIVE, TriggeredBy: "app.socket" } }, ["note probe-not-tried"]],
    ["is asked without a unit", TCP, { unit: undefined }, ["unknown probe-not-tried"]],
    ["waits for READY=1 of a unit that sends none", "notify", {}, ["bad probe-fails"]],
    ["waits for READY=1", "notify", { unit: { ...ACTIVE, Type: "notify-reload" } }, ["good ok"]],
    ["waits", "uptime:60s", {}, ["good ok"]],
    ["asks for a file that is missing", "file:/run/app/alive", {}, ["bad probe-fails"]],
    ["asks for a file", "file:/run/app/alive", { file: "1:2" }, ["good ok"]],
    ["is a command that fails", "exec:false", { exitCode: 1 }, ["bad probe-fails"]],
    ["is a command that always passes", "exec:true", { unit: INACTIVE }, ["bad probe-answered-by-another"]],
    ["is a command that root would run", "exec:x", { exitCode: 1, uid: 1000 }, ["unknown probe-not-tried"]],
    ["is none", "ftp://x", {}, ["bad probe-invalid"]],
  ] as const
) {
  test(`the doctor says so of a probe that ${what}`, async () => {
    assert.deepEqual(await codes(probe, asked), expected);
  });
}

test("a listening socket is found by its address, also one that is open to all", () => {
  const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const line = (local: string, state: string, inode: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0\n`;
  const table = header + line("0100007F:107E", "0A", 1) + line("00000000:107E", "0A", 2) +
    line("0100007F:107E", "01", 3) +
    line("00000000000000000000000001000000:107E", "0A", 4) + line("0100007F:107F", "0A", 5);
  const listeners = parseListeners(table, 4222);
  const inodes = (address: string) => reachedAt(address, listeners).map(({ inode }) => inode);
  assert.deepEqual(listeners.map(({ inode }) => inode), ["1", "2", "4"]);
  assert.deepEqual([inodes("127.0.0.1"), inodes("10.0.0.1"), inodes("::1"), inodes("fe80::1")], [
    ["1"],
    ["2"],
    ["4"],
    [],
  ]);
});

test("the socket of a process of this machine is found", {
  skip: process.platform === "linux" ? false : "it reads /proc",
}, async () => {
  const server = createServer();
  const web = createHttpServer((_, response) => response.setHeader("Age", "5").end("x"));
  const portOf = (one: typeof server | typeof web) =>
    new Promise<number>((resolve) =>
      one.listen(0, "127.0.0.1", () => resolve((one.address() as { port: number }).port))
    );
  try {
    const [port, webPort] = [await portOf(server), await portOf(web)];
    const reached = reachedAt("127.0.0.1", listenersOn(port));
    const inode = reached[0]?.inode ?? "";
    assert.equal(reached.length, 1);
    assert.equal(socketsOf([process.pid])?.has(inode), true);
    assert.equal(socketsOf([process.ppid])?.has(inode), false);
    await tcpConnect("127.0.0.1", port, 1000);
    const { headers } = await httpGet(new URL(`http://127.0.0.1:${webPort}/`), 1000, false);
    assert.equal(headers["age"], "5");
    assert.deepEqual((await addressesOf("localhost"))?.every(isOwnAddress), true);
    assert.equal(isOwnAddress("192.0.2.1"), false);
  } finally {
    server.close();
    web.close();
  }
});
