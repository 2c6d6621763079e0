/** Restores and swaps on the real file system: under a running program, and under files that somebody holds. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, win32 } from "node:path";
import { CoreSentinel } from "../support/core_sentinel.ts";
import { realPorts } from "../../src/system/real_ports.ts";
import { isInUse, moveWithRetry } from "../../src/system/windows/move.ts";
import { startInJob } from "../../src/system/windows/process.ts";
import { begin, build, isAlive, must, SENTINEL, sentinel, statusOf } from "./sentinel.ts";
import { DRIVER, onWindows, textOf, until } from "./support.ts";

/** 1.0.0 is last-good, 2.0.0 is live and has no chance left. */
function exhausted(dir: string): string {
  const exe = build(join(dir, "svc.exe"), "--version 1.0.0");
  must("confirm", "--exe", exe);
  must("swap", build(join(dir, "bad.exe"), "--version 2.0.0"), "--to", "2.0.0", "--exe", exe);
  must("fail", "--exe", exe);
  return exe;
}

const isGood = (exe: string) => readFileSync(exe, "latin1").endsWith("--version 1.0.0");
const asides = (dir: string) => readdirSync(dir).filter((name) => name.includes("rollback-bak"));

/** Somebody who has a file open and shares only reading; `forMs` later, or at the end, he lets go. */
async function holding(path: string, forMs: number, use: () => void | Promise<void>): Promise<void> {
  const up = `${path}.held`;
  const holder = startInJob({ exe: DRIVER, args: ["hold", path, up, `${forMs}`] });
  try {
    await until("the file is held", () => existsSync(up));
    await use();
  } finally {
    holder.close();
    await until("the file is free", () => !isInUse(path));
  }
}

onWindows("a restore moves a running program aside, and the next confirm removes the aside file", async (dir) => {
  const exe = exhausted(dir);
  const program = startInJob({ exe, args: ["--heartbeat", join(dir, "up")] });
  await until("the bad build is up", () => textOf(join(dir, "up")).startsWith("2.0.0 "));
  assert.equal(sentinel("check", "--exe", exe).code, 75);
  assert.ok(isGood(exe));
  assert.ok(asides(dir).length > 0);
  assert.equal(program.alive(), 1);
  program.close();
  await until("it has ended", () => !isAlive(program.pid));
  must("confirm", "--exe", exe);
  assert.deepEqual(asides(dir), []);
});

onWindows("a restore waits for a scanner that holds the file for three seconds", async (dir) => {
  const exe = exhausted(dir);
  await holding(`${exe}.last-good`, 3000, () => {
    assert.equal(sentinel("check", "--exe", exe).code, 75);
    assert.ok(isGood(exe));
  });
  assert.deepEqual(statusOf(exe).quarantined, ["2.0.0"]);
});

onWindows(
  "a restore under a running program is undone when somebody does not let go, and comes with a later boot",
  async (dir) => {
    const exe = exhausted(dir);
    const program = startInJob({ exe, args: ["--heartbeat", join(dir, "up")] });
    await until("the bad build is up", () => textOf(join(dir, "up")) !== "");
    await holding(`${exe}.last-good`, 120_000, async () => {
      const check = begin("check", "--exe", exe);
      while (check.exitCode === null) {
        assert.ok(existsSync(exe), "the path is never empty");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      assert.equal(check.exitCode, 0, "the program is started as it is");
      assert.ok(existsSync(exe) && !isGood(exe));
    });
    assert.equal(sentinel("check", "--exe", exe).code, 75);
    assert.ok(isGood(exe));
    program.close();
  },
);

onWindows("a path that a kill left empty is healed by the next boot", (dir) => {
  const exe = exhausted(dir);
  renameSync(exe, `${exe}.rollback-bak`);
  assert.equal(sentinel("check", "--exe", exe).code, 75);
  assert.ok(isGood(exe));
});

onWindows("moveWithRetry() gives up in time, and leaves both files as they were", async (dir) => {
  const [from, to] = [join(dir, "from"), join(dir, "to")];
  writeFileSync(from, "new");
  writeFileSync(to, "old");
  await holding(to, 120_000, () => {
    assert.throws(() => moveWithRetry(from, to, { timeoutMs: 200 }), { name: "FsError" });
    assert.deepEqual([textOf(from), textOf(to)], ["new", "old"]);
  });
  moveWithRetry(from, to);
  assert.equal(textOf(to), "new");
});

onWindows("moveWithRetry() says at once that a program runs at the target", async (dir) => {
  const exe = build(join(dir, "svc.exe"), "--version 1.0.0");
  const next = build(join(dir, "next.exe"), "--version 2.0.0");
  const program = startInJob({ exe, args: ["--heartbeat", join(dir, "up")] });
  await until("it is up", () => textOf(join(dir, "up")) !== "");
  const begun = Date.now();
  assert.throws(() => moveWithRetry(next, exe), { name: "FsError" });
  assert.ok(Date.now() - begun < 2000);
  program.close();
});

onWindows("state files are read although somebody keeps us out for a moment", async (dir) => {
  const exe = exhausted(dir);
  await holding(join(dir, ".boot-sentinel.json"), 1500, () => {
    const ports = { ...realPorts(), log: () => {} };
    assert.equal(new CoreSentinel({ dataDir: dir, exe }, ports).boot().kind, "rolledBack");
  });
});

onWindows("run gives 127 for a missing program, 126 for one that is none, and the program's own code", (dir) => {
  writeFileSync(join(dir, "text.exe"), "This is no program.");
  const exe = build(join(dir, "svc.exe"), "--exit 9");
  const code = (path: string) => sentinel("run", "--restart", "never", "--", path).code;
  assert.deepEqual([code(join(dir, "missing.exe")), code(join(dir, "text.exe")), code(exe)], [127, 126, 9]);
});

onWindows("a program that Windows refuses to start is rolled back at once, without a boot spent", (dir) => {
  const exe = build(join(dir, "svc.exe"), "--exit 5");
  must("confirm", "--exe", exe);
  // It begins like a program, so that only the attempt to start it can tell.
  writeFileSync(join(dir, "torn.exe"), "MZ, and nothing more that makes a program of it. ".repeat(20));
  must("swap", join(dir, "torn.exe"), "--to", "2.0.0", "--exe", exe);
  const ended = sentinel("run", "--restart", "never", "--", exe);
  assert.equal(ended.code, 5, ended.stderr);
  assert.deepEqual(statusOf(exe).quarantined, ["2.0.0"]);
});

onWindows("run guards programs by paths with blanks, unicode and \\\\?\\, and adds .exe", (dir) => {
  const folder = join(dir, "Prögram Files ☃");
  mkdirSync(folder);
  const exe = build(join(folder, "svc child.exe"), "--exit 6");
  for (const path of [exe, win32.toNamespacedPath(exe), exe.slice(0, -4)]) {
    assert.equal(sentinel("run", "--restart", "never", "--", path).code, 6, path);
  }
  must("confirm", "--exe", win32.toNamespacedPath(exe));
  assert.ok(existsSync(`${exe}.last-good`));
});

onWindows("run guards a batch file, which is a program by its name", (dir) => {
  const batch = join(dir, "svc.cmd");
  writeFileSync(batch, "@exit /b 3\r\n");
  must("confirm", "--exe", batch);
  writeFileSync(join(dir, "next.cmd"), "@exit /b 4\r\n");
  must("swap", join(dir, "next.cmd"), "--to", "2", "--exe", batch);
  assert.equal(sentinel("run", "--restart", "never", "--", batch).code, 4);
});

onWindows("run in a console passes all 32 bits of the exit code on", async (dir) => {
  const exe = build(join(dir, "svc.exe"), "--version 1");
  // Not by the runtime's spawn, which keeps 8 bits.
  const host = startInJob({ exe: SENTINEL, args: ["run", "--restart", "never", "--", exe, "--exit", "3221225477"] });
  assert.equal(await host.exited, 0xc0000005);
  host.close();
});

onWindows("run in a console leaves standard output to the program", (dir) => {
  const exe = build(join(dir, "svc.exe"), "--version 1");
  const { stdout } = sentinel("run", "--restart", "never", "--", exe, "--say", "hello", "--exit", "1");
  assert.equal(stdout.replace("\r", ""), "hello\n");
});

onWindows("a crash loop in a console is rolled back by the host itself", (dir) => {
  const exe = build(join(dir, "svc.exe"), "--exit 0");
  must("confirm", "--exe", exe);
  must("swap", build(join(dir, "bad.exe"), "--mode bad"), "--to", "2.0.0", "--exe", exe);
  assert.equal(sentinel("run", "--", exe).code, 0);
  assert.deepEqual(statusOf(exe).quarantined, ["2.0.0"]);
});

onWindows("nothing is ended by a process id that a table of parents named", () => {
  const folder = new URL("../../src/system/windows/", import.meta.url);
  const files = readdirSync(folder).filter((name) =>
    /OpenProcess|ParentProcessID/.test(readFileSync(new URL(name, folder), "utf8"))
  );
  // It reads its own parent's name, and opens no process.
  assert.deepEqual(files, ["parent.ts"]);
});
