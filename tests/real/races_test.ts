/** Two at once. @module */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BootSentinel } from "../../mod.ts";
import { linuxLock } from "../../src/system/linux/lock.ts";
import { fixture, runtimeCommand } from "../support/runtime.ts";
import { must as tool } from "../support/mounts.ts";
import { scriptWords } from "../support/sentinel_process.ts";
import { BAD, GOOD, script, site, siteAt, text } from "../support/site.ts";
import { inTempDir } from "../support/temp.ts";

const LOCK = ".boot-sentinel.lock";

interface End {
  readonly code: number;
  readonly stderr: string;
}

/**
 * Starts commands that all wait, each at a pipe of its own, and lets them go at once when every one of them is there.
 * Returns how each ended.
 */
async function together(dir: string, commands: readonly string[][], oneAhead: boolean): Promise<End[]> {
  const pipes = commands.map((_, i) => join(dir, `barrier-${i}`));
  tool("mkfifo", ...pipes);
  const ends = commands.map(async (command, i) => {
    const [program = "", ...words] = scriptWords(fixture("drivers/barrier_driver.ts"));
    const child = spawn(program, [...words, pipes[i] ?? "", ...command], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Uint8Array) => stderr += new TextDecoder().decode(chunk));
    const [code] = await once(child, "close");
    return { code: code as number, stderr };
  });
  // Opening a pipe to write waits for its reader.
  const writers = pipes.map((pipe) => openSync(pipe, "w"));
  for (const [i, writer] of writers.entries()) {
    closeSync(writer);
    if (i === 0 && oneAhead) await ends[0];
  }
  return await Promise.all(ends);
}

for (const [verb, oneAhead] of [["arm", false], ["arm", true], ["swap", false], ["swap", true]] as const) {
  const how = oneAhead ? ", though the first is done before the others go on" : "";
  test(`of 20 parallel ${verb}s exactly one wins, the others end busy, and the state is the winner's${how}`, async () => {
    await inTempDir(async (dir) => {
      const { exe, file, status } = siteAt(dir);
      const versions = Array.from({ length: 20 }, (_, i) => `2.0.${i}`);
      const commands = versions.map((version) => {
        const words = verb === "arm" ? [version] : [file(`v${version}`, script(`echo ${version}`)), "--to", version];
        return [verb, ...words, "--exe", exe];
      });
      const ends = await together(dir, commands, oneAhead);
      const winners = versions.filter((_, i) => ends[i]?.code === 0);
      assert.equal(winners.length, 1, JSON.stringify(ends));
      for (const { code, stderr } of ends.filter((end) => end.code !== 0)) {
        assert.equal(code, 74, stderr);
        assert.match(stderr, /busy|Another updater armed/);
      }
      assert.equal(status().pending.version, winners[0]);
      assert.equal(text(exe), verb === "arm" ? GOOD : script(`echo ${winners[0]}`));
      assert.equal(text(`${exe}.last-good`), GOOD);
    });
  });
}

test("a lock holder that is killed frees the lock", async () => {
  await inTempDir(async (dir) => {
    const { call } = siteAt(dir);
    const [program, ...words] = runtimeCommand(fixture("drivers/lock_driver.ts"));
    const holder = spawn(program, [...words, join(dir, LOCK)], { stdio: ["ignore", "pipe", "inherit"] });
    await once(holder.stdout, "data"); // it holds
    const busy = call("arm", "2.0.0");
    assert.equal(busy.code, 74);
    assert.match(busy.stderr, /is busy with/);
    holder.kill("SIGKILL");
    await once(holder, "close");
    assert.equal(call("arm", "2.0.0").code, 0);
  });
});

test("a gate beside a held lock starts the program, decides nothing and says so", () => {
  site(({ dir, file, must, boot, status }) => {
    must("swap", file("v2", BAD), "--to", "2.0.0");
    const held = linuxLock.acquire(join(dir, LOCK), 0);
    assert.ok(typeof held === "object");
    try {
      const { code, stderr } = boot();
      assert.equal(code, 1, "the program's own code");
      assert.match(stderr, /held the lock for 2 s: this boot is not counted, and nothing is changed/);
    } finally {
      held.release();
    }
    assert.equal(status().pending.attempts, 0);
  });
});

test("a confirmed program does not wait for a held lock", () => {
  site(({ dir, must, boot }) => {
    must("confirm");
    const held = linuxLock.acquire(join(dir, LOCK), 0);
    assert.ok(typeof held === "object");
    const { stdout, stderr } = boot();
    held.release();
    assert.deepEqual({ stdout, stderr }, { stdout: "good\n", stderr: "" });
  });
});

test("what stands in the lock file means nothing: not a process id, not our own", () => {
  site(({ dir, must, boot }) => {
    writeFileSync(join(dir, LOCK), '{"pid":7}', { mode: 0o600 });
    must("arm", "2.0.0");
    writeFileSync(join(dir, LOCK), "1\n");
    must("confirm");
    assert.deepEqual(boot().stderr, "");
  });
});

test("a process id of somebody else in the state is signalled by nobody", async () => {
  await inTempDir(async (dir) => {
    const { file, must, crashLoop } = siteAt(dir);
    const other = spawn("/bin/cat", [], { stdio: ["pipe", "pipe", "ignore"] });
    try {
      writeFileSync(join(dir, LOCK), `{"pid":${other.pid}}`, { mode: 0o600 });
      must("swap", file("v2", BAD), "--to", "2.0.0");
      const path = join(dir, ".boot-sentinel.json");
      writeFileSync(path, JSON.stringify({ ...JSON.parse(text(path)), pid: other.pid, child: other.pid }));
      must("fail");
      crashLoop();
      assert.equal(other.signalCode, null);
      other.stdin.write("alive\n");
      const [echoed] = await once(other.stdout, "data");
      assert.equal(String(echoed), "alive\n");
    } finally {
      other.stdin.end();
      await once(other, "close");
    }
  });
});

test("a reader beside a writer never meets a half state, in 2,000 rounds", async () => {
  await inTempDir(async (disk) => {
    // Memory, where there is some to be had: the writer's many flushes to a disk are slow.
    const dir = existsSync("/dev/shm") ? `/dev/shm/${disk.split("/").at(-1)}` : disk;
    const { exe } = siteAt(dir);
    const sentinel = new BootSentinel({ dataDir: dir, exe }, { log: () => {} });
    sentinel.confirmHealthy();
    const [program = "", ...words] = scriptWords(fixture("drivers/writer_driver.ts"));
    const writer = spawn(program, [...words, dir, exe], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(writer.stdout, "data"); // it writes
      const seen = new Set<string>();
      for (let round = 1; round <= 2000; round++) {
        const { problems, state, lastGood } = sentinel.status();
        assert.deepEqual(problems, []);
        assert.ok(state === "steady" || state === "probation", state);
        seen.add(lastGood?.version ?? "none");
        for (const name of [".boot-sentinel.json", ".boot-record.json"]) assert.ok(isWhole(join(dir, name)), name);
      }
      assert.ok(!seen.has("none") && seen.size > 50, `the writer was at work: ${seen.size} builds`);
    } finally {
      writer.kill("SIGKILL");
      await once(writer, "close");
      const { problems } = sentinel.status();
      tool("rm", "-rf", dir);
      assert.deepEqual(problems, [], "nor after its death");
    }
  });
});

function isWhole(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, "utf8"));
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "ENOENT";
  }
}
