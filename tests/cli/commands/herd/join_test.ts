/** `herd init`, `join` and `leave` against a real server; systemd is played. @module */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Fs } from "../../../../src/core/fs_port.ts";
import { type HerdStore, HerdStoreError } from "../../../../src/herd/herd_store.ts";
import { openNatsStore } from "../../../../src/herd/stores/nats_store.ts";
import type { StoreAddress } from "../../../../src/herd/stores/open_store.ts";
import { memoryFs } from "../../../../src/testing.ts";
import { type Answer, atSite, type Site } from "../../../support/command_line.ts";
import { noNatsServer, startNatsServer } from "../../../support/herd/nats_server.ts";
import { startHerd } from "../../../support/herd/test_herd.ts";

const FILE = "/etc/boot-sentinel/web.json";
const UNIT = "/etc/systemd/system/boot-sentinel-herd-web";
const SETTINGS = { exe: "/opt/web/server", webhook: "http://127.0.0.1/", unit: "web.service" };

/** A machine with the registered service `web` and with systemd. */
function machine(site: Site) {
  const fs = memoryFs();
  fs.put(FILE, JSON.stringify(SETTINGS), 0o600);
  fs.put(SETTINGS.exe, "#!1.0.0", 0o755);
  const calls: string[] = [];
  const systemctl = (...words: string[]) => {
    calls.push(words.join(" "));
    return Promise.resolve({ code: 0, stdout: "", stderr: "" });
  };
  return {
    fs,
    calls,
    text: (path: string) => fs.texts()[path] ?? "",
    call: (...args: string[]): Promise<Answer> => site.callWith({ ports: { fs: fs as Fs }, systemctl }, ...args),
  };
}

test("herd init makes credentials that a server with its configuration takes, and the buckets", {
  skip: noNatsServer,
}, () =>
  atSite(async (site) => {
    const made = await site.callWith({}, "herd", "init", "--app", "web", "--machines", "2", "--dir", "keys");
    assert.equal(made.code, 0, made.log.join());
    // Debian's server cannot make this directory, and would listen on all interfaces without this line.
    assert.match(made.stdout, /install -d -o nats .* \/var\/lib\/nats[^]*store_dir: "\/var\/lib\/nats"/);
    assert.match(made.stdout, /^listen: "127\.0\.0\.1:4222"$/m);
    const keys = join(site.dir, "keys");
    assert.deepEqual(readdirSync(keys).sort(), ["judge.nk", "machine-1.nk", "machine-2.nk", "operator.nk"]);
    for (const file of readdirSync(keys)) assert.equal(statSync(join(keys, file)).mode & 0o777, 0o600);
    const seeds = () => readdirSync(keys).map((file) => readFileSync(join(keys, file), "utf8"));
    const before = seeds();
    const server = await startNatsServer(accountsIn(made));
    try {
      const init = ["herd", "init", "--app", "web", "--machines", "3", "--dir", "keys", "--herd", server.url];
      const again = await site.callWith({}, ...init);
      assert.match(again.stdout, /# The bucket herd_web was made\n# The bucket herd-reports_web was made\n/);
      assert.match((await site.callWith({}, ...init)).stdout, /# The bucket herd_web is there\n/);
      // What was there stays.
      assert.deepEqual(before.filter((seed) => !seeds().includes(seed)), []);
      server.reload(accountsIn(again));
      const store = await opened({ url: server.url, app: "web", creds: join(keys, "machine-3.nk"), timeoutMs: 3_000 });
      await store.put(`report.aa.${store.machine}`, "new");
      await store.close();
    } finally {
      await server.close();
    }
  }));

test(
  "herd join tries the rights, writes the settings and starts a timer; leave undoes it",
  { skip: noNatsServer },
  () =>
    atSite(async (site) => {
      const herd = await startHerd(1);
      try {
        const { fs, calls, text, call } = machine(site);
        const creds = herd.machines[0]!.creds;
        const words = ["herd", "join", herd.server.url, "--creds", creds, "--name", "web", "--herd-policy", "closed"];
        const nothing = fs.texts();
        const dry = await call(...words, "--dry-run");
        assert.equal(dry.code, 0, dry.log.join());
        assert.match(dry.stdout, /would run systemctl enable boot-sentinel-herd-web\.timer/);
        assert.deepEqual([fs.texts(), calls], [nothing, []]);
        const joined = await call(...words);
        assert.equal(joined.code, 0, joined.log.join());
        assert.match(joined.stdout, /^web is one of the herd web at nats:.* as U[A-Z0-9]{55}\n/);
        const settings = { ...SETTINGS, herdPolicy: "closed", herd: herd.server.url, herdApp: "web", herdCreds: creds };
        assert.deepEqual(JSON.parse(text(FILE)), settings);
        // The file may hold a secret of others.
        assert.equal(fs.info(FILE).mode & 0o777, 0o600);
        assert.match(text(`${UNIT}.service`), /^ExecStart=\S*boot-sentinel herd sync --name web$/m);
        assert.match(text(`${UNIT}.timer`), /^RandomizedDelaySec=/m);
        assert.deepEqual(calls, [
          "daemon-reload",
          "enable boot-sentinel-herd-web.timer",
          "restart boot-sentinel-herd-web.timer",
        ]);
        const status = await call("herd", "status", "--name", "web");
        assert.match(status.log.join(), /does not permit this: .*--herd-creds FILE/);
        assert.notEqual(status.code, 0);
        const files = fs.texts();
        assert.equal((await call(...words)).code, 0);
        assert.deepEqual(fs.texts(), files);
        // What is not named again stays as it is.
        assert.equal((await call(...words.slice(0, 3), "--name", "web", "--herd-group", "canary")).code, 0);
        assert.deepEqual(JSON.parse(text(FILE)), { ...settings, herdGroup: "canary" });
        const left = await call("herd", "leave", "--name", "web");
        assert.equal(left.code, 0, left.log.join());
        assert.deepEqual(JSON.parse(text(FILE)), SETTINGS);
        assert.deepEqual(Object.keys(fs.texts()).filter((path) => path.startsWith(UNIT)), []);
        assert.ok(calls.includes("disable --now boot-sentinel-herd-web.timer"));
      } finally {
        await herd.close();
      }
    }),
);

test("herd join changes nothing with a judge's credentials, with unknown ones, or without a server", {
  skip: noNatsServer,
}, () =>
  atSite(async (site) => {
    const herd = await startHerd(1);
    const { fs, calls, call } = machine(site);
    const before = fs.texts();
    const tried = (creds: string, url = herd.server.url) =>
      call("herd", "join", url, "--creds", creds, "--name", "web", "--herd-timeout", "500ms");
    try {
      const judges = await tried(herd.judge.creds);
      assert.match(judges.log.join(), /may write the judge's lease.*; nothing was changed/);
      assert.equal(judges.code, 78);
      const operators = await tried(herd.operator.creds);
      assert.match(operators.log.join(), /may write verdicts.*; nothing was changed/);
      assert.match((await tried(site.file("seed", "no seed"))).log.join(), /Cannot use .*seed as credentials/);
      await herd.server.kill();
      const offline = await tried(herd.machines[0]!.creds);
      assert.match(offline.log.join(), /does not answer: .*; nothing was changed/);
      assert.equal(offline.code, 2);
      assert.deepEqual([fs.texts(), calls], [before, []]);
    } finally {
      await herd.close();
    }
  }));

test("an installation over one that is there leaves the service in its herd", () =>
  atSite(async (site) => {
    const { fs, text, call } = machine(site);
    const herd = { herd: "nats://herd:4222", herdApp: "web", herdCreds: "/etc/boot-sentinel/web.nk" };
    fs.put(FILE, JSON.stringify({ ...SETTINGS, ...herd }), 0o600);
    await call("service", "install", "web", "--", SETTINGS.exe);
    const now = JSON.parse(text(FILE));
    assert.deepEqual({ ...now, ...herd }, now);
  }));

/** What of the configuration stands beside the address and the directory of a test's server. */
function accountsIn({ stdout }: Answer): string {
  return stdout.slice(stdout.indexOf("accounts {"));
}

/** Opens a store as soon as the server knows its credentials. */
async function opened(address: StoreAddress): Promise<HerdStore> {
  for (;;) {
    try {
      return await openNatsStore(address);
    } catch (error) {
      // Under Bun a connection right after a refused one can get no answer.
      if (!(error instanceof HerdStoreError) || error.code === "other") throw error;
    }
  }
}
