import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { LockHandle } from "../../../src/core/ports.ts";
import { tryLockByTool } from "../../../src/system/tools/flock.ts";
import { linuxLock } from "../../../src/system/linux/lock.ts";
import { asUser, NOBODY } from "../../support/other_user/as_user.ts";
import { fixture, isBun, runtimeCommand } from "../../support/runtime.ts";

const isRoot = process.geteuid?.() === 0;

describe("linuxLock", { skip: process.platform === "linux" ? false : "flock is Linux's" }, () => {
  let root: string;
  let path: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "lock-"));
    path = join(root, ".lock");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("is busy for a second holder until the first gives it back", () => {
    const first = taken(linuxLock.acquire(path, 0));
    assert.equal(linuxLock.acquire(path, 0), "busy");
    first.release();
    first.release();
    taken(linuxLock.acquire(path, 0)).release();
  });

  it("is held together by those who want it so, and by nobody alone meanwhile", () => {
    const first = taken(linuxLock.acquire(path, 0, "shared"));
    const fd = openSync(path, "a");
    assert.equal(tryLockByTool(fd, "shared"), "held");
    closeSync(fd);
    const second = taken(linuxLock.acquire(path, 0, "shared"));
    first.release();
    assert.equal(linuxLock.acquire(path, 0), "busy");
    second.release();
    const alone = taken(linuxLock.acquire(path, 0));
    assert.equal(linuxLock.acquire(path, 0, "shared"), "busy");
    alone.release();
  });

  it("is the lock that the tool flock takes for Node", () => {
    const fd = openSync(path, "a");
    assert.equal(tryLockByTool(fd), "held");
    assert.equal(linuxLock.acquire(path, 0), "busy");
    closeSync(fd);
    const held = taken(linuxLock.acquire(path, 0));
    const other = openSync(path, "a");
    assert.equal(tryLockByTool(other), "busy");
    held.release();
    assert.equal(tryLockByTool(other), "held");
    closeSync(other);
  });

  it("waits no longer than it is told", () => {
    const first = taken(linuxLock.acquire(path, 0));
    const start = performance.now();
    assert.equal(linuxLock.acquire(path, 120), "busy");
    const waited = performance.now() - start;
    assert.ok(waited >= 119 && waited < 1000, `${waited} ms`);
    first.release();
  });

  it("is not inherited by a program that is started meanwhile", async () => {
    const held = taken(linuxLock.acquire(path, 0));
    const child = spawn("sleep", ["5"], { stdio: "ignore" });
    held.release();
    // Between fork and exec the child has it for an instant.
    taken(linuxLock.acquire(path, 1000)).release();
    assert.equal(child.exitCode, null);
    await stopped(child);
  });

  it("is waited for across processes, and dies with a holder that is killed", async () => {
    const [command, ...words] = runtimeCommand(fixture("drivers/lock_driver.ts"));
    const child = spawn(command, [...words, path], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => child.stdout!.once("data", resolve));
    assert.equal(linuxLock.acquire(path, 0), "busy");
    spawn("sh", ["-c", `sleep 0.3; kill -9 ${child.pid}`], { stdio: "ignore" });
    const start = performance.now();
    taken(linuxLock.acquire(path, 10_000)).release();
    const waited = performance.now() - start;
    assert.ok(waited > 100 && waited < 9000, `${waited} ms`);
    await stopped(child);
  });

  it("makes a file that only its owner may open", () => {
    taken(linuxLock.acquire(path, 0)).release();
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("gives the file that root makes to the owner of the directory", (t) => {
    if (!isRoot) return t.skip("needs root");
    chownSync(root, 1234, 4321);
    taken(linuxLock.acquire(path, 0)).release();
    assert.equal(statSync(path).uid, 1234);
  });

  it("does not touch a file of root's that was linked into another user's directory", (t) => {
    if (!isRoot) return t.skip("needs root");
    chownSync(root, 1234, 4321);
    writeFileSync(join(root, "secret"), "");
    linkSync(join(root, "secret"), path);
    chmodSync(path, 0o600);
    assert.equal(linuxLock.acquire(path, 0), "unavailable");
    assert.equal(statSync(path).uid, 0);
  });

  it("is unavailable where the file cannot be made", () => {
    assert.equal(linuxLock.acquire(join(root, "no", "lock"), 0), "unavailable");
    mkdirSync(path);
    assert.equal(linuxLock.acquire(path, 0), "unavailable");
  });

  it("is unavailable behind a link, which somebody may have planted", () => {
    writeFileSync(join(root, "target"), "");
    symlinkSync(join(root, "target"), path);
    assert.equal(linuxLock.acquire(path, 0), "unavailable");
  });

  it("is unavailable for a user who may not open the file", (t) => {
    if (!isRoot) return t.skip("needs root, to run as another user");
    taken(linuxLock.acquire(path, 0)).release();
    chmodSync(root, 0o755);
    const { stdout } = asUser(NOBODY, (nobody) => nobody.fixture("drivers/lock_driver.ts", [path]));
    assert.equal(stdout, "unavailable\n");
  });

  it("is unavailable, without a question, when Deno may not call foreign functions", (t) => {
    if (isBun) return t.skip("Bun has no permissions");
    const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys"];
    const [command, ...words] = runtimeCommand(fixture("drivers/lock_driver.ts"), permissions);
    // A terminal, because Deno asks only there.
    const script = ["-qec", [command, ...words, path].join(" "), "/dev/null"];
    const ran = spawnSync("script", script, {
      encoding: "utf8",
      timeout: 20_000,
      env: { ...process.env, NO_COLOR: "1" },
    });
    if (ran.error && "code" in ran.error && ran.error.code === "ENOENT") {
      return t.skip("needs script(1), for a terminal");
    }
    assert.equal(ran.stdout.trim(), "unavailable");
  });
});

function taken(result: LockHandle | "busy" | "unavailable"): LockHandle {
  assert.ok(typeof result !== "string", `the lock is ${result}`);
  return result;
}

function stopped(child: ChildProcess): Promise<unknown> {
  const end = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  return child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : end;
}
