import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, win32 } from "node:path";
import process from "node:process";
import { ensureConsole } from "../../src/system/windows/console.ts";
import { type JobProcess, type ProgramSpec, startInJob } from "../../src/system/windows/process.ts";
import { findProgram } from "../../src/system/windows/start_info.ts";
import { Win32Error } from "../../src/system/windows/win32.ts";
import { CHILD, DRIVER, isWine, linesOf, onWindows, textOf, until } from "./support.ts";

async function run(spec: ProgramSpec): Promise<number> {
  const program = startInJob(spec);
  try {
    return await program.exited;
  } finally {
    program.close();
  }
}

async function whileRunning(spec: ProgramSpec, use: (program: JobProcess) => Promise<void>): Promise<void> {
  const program = startInJob(spec);
  try {
    await use(program);
  } finally {
    program.close();
  }
}

onWindows("startInJob() gives back all 32 bits of the exit code", async () => {
  for (const code of [0, 1, 259, 0xc0000005]) {
    assert.equal(await run({ exe: CHILD, args: ["--exit", `${code}`] }), code);
  }
});

onWindows("startInJob() passes every argument on exactly", async (dir) => {
  const words = [
    "",
    " ",
    "a b",
    '"',
    '\\"',
    "\\\\",
    "C:\\my dir\\",
    'x"y\\',
    "%PATH%",
    "a&b|c^d",
    "ünï ☃ 😀",
    "tab\tx",
    "--",
    "*",
  ];
  assert.equal(await run({ exe: CHILD, args: ["--exit", "0", "--argv", join(dir, "argv"), ...words] }), 0);
  assert.deepEqual(textOf(join(dir, "argv")).split("\0").slice(0, -1), words);
});

onWindows("startInJob() starts programs by paths with blanks, unicode and \\\\?\\", async (dir) => {
  const folder = join(dir, "Prögram Files ☃");
  mkdirSync(folder);
  const exe = join(folder, "svc child.exe");
  copyFileSync(CHILD, exe);
  assert.equal(await run({ exe, args: ["--exit", "5"] }), 5);
  assert.equal(await run({ exe: win32.toNamespacedPath(exe), args: ["--exit", "6"] }), 6);
});

onWindows("startInJob() starts programs by paths of more than 260 characters", async (dir) => {
  let folder = win32.toNamespacedPath(dir);
  for (let i = 0; i < 3; i++) mkdirSync(folder = `${folder}\\${"d".repeat(100)}`);
  copyFileSync(CHILD, `${folder}\\svc.exe`);
  const plain = `${folder}\\svc.exe`.replace("\\\\?\\", "");
  assert.ok(plain.length > 300);
  assert.equal(await run({ exe: plain, args: ["--exit", "5"] }), 5);
}, "CreateProcess takes no path over 260 characters, however it is written");

onWindows("startInJob() passes this process's environment on, or the one given", async (dir) => {
  process.env.SENTINEL_TEST = "ünï ☃";
  await run({ exe: CHILD, args: ["--exit", "0", "--env", "SENTINEL_TEST", join(dir, "own")] });
  assert.equal(textOf(join(dir, "own")), "ünï ☃\n");
  const env = { SystemRoot: process.env.SystemRoot ?? "", given: "yes", "ZZ": "1" };
  await run({ exe: CHILD, args: ["--exit", "0", "--env", "GIVEN", join(dir, "given")], env });
  assert.equal(textOf(join(dir, "given")), "yes\n");
  await run({ exe: CHILD, args: ["--exit", "0", "--env", "SENTINEL_TEST", join(dir, "gone")], env });
  assert.equal(textOf(join(dir, "gone")), "(unset)\n");
});

onWindows("a hosted program has the host's standard handles, and the host its exit code", () => {
  const echo = spawnSync(DRIVER, ["host", "--", CHILD, "--echo", "--exit", "9"], {
    input: "hello\n",
    encoding: "utf8",
  });
  assert.deepEqual([echo.stdout.replace("\r", ""), echo.status], ["hello\n", 9]);
});

onWindows("a hosted program that cannot be started gives 127 when it is missing, 126 when it is no program", (dir) => {
  const status = (exe: string) => spawnSync(DRIVER, ["host", "--", exe]).status;
  writeFileSync(join(dir, "text.exe"), "This is no program.");
  assert.deepEqual([status(join(dir, "missing.exe")), status(join(dir, "text.exe"))], [127, 126]);
});

onWindows("a Ctrl+Break to the host asks the hosted program to end, and its exit code comes back", async (dir) => {
  ensureConsole();
  const [up, events, log] = [join(dir, "up"), join(dir, "events"), join(dir, "log")];
  const child = [CHILD, "--heartbeat", up, "--events", events];
  const host = startInJob({ exe: DRIVER, args: ["host", "--log", log, "--interrupt-when", up, "--", ...child] });
  assert.equal(await host.exited, 0);
  host.close();
  assert.deepEqual(linesOf(events), ["start", isWine() ? "ctrl-c" : "ctrl-break", "end"]);
  assert.match(textOf(log), isWine() ? /Stopping process \d+: Ctrl\+C/ : /Stopping process \d+: Ctrl\+Break/);
});

onWindows("the death of the host ends the whole tree", async (dir) => {
  const [up, copies] = [join(dir, "up"), join(dir, "copy")];
  const child = [CHILD, "--heartbeat", up, "--spawn", "2", "--copies", copies];
  const host = spawn(DRIVER, ["host", "--", ...child], { stdio: "ignore" });
  await until("the last copy is up", () => textOf(`${copies}1`) !== "" && textOf(up) !== "");
  const pids = [up, `${copies}1`, `${copies}2`].map((file) => Number(textOf(file).split(" ")[1]));
  host.kill();
  for (const pid of pids) await until(`process ${pid} has ended`, () => !isAlive(pid));
});

onWindows("startInJob() says what is wrong with a program that it cannot start", (dir) => {
  const exe = join(dir, "missing.exe");
  assert.throws(() => startInJob({ exe, args: [] }), (error: Error) => {
    return error instanceof Win32Error && error.code === 2 && error.message.startsWith(`Cannot start ${exe}: `) &&
      error.message.endsWith("(Windows error 2); nothing was started");
  });
});

onWindows("startInJob() runs a batch file with its arguments", async (dir) => {
  const batch = join(dir, "my batch.cmd");
  writeFileSync(batch, `@echo %~1 > "${join(dir, "out")}"\r\n@exit /b %2\r\n`);
  assert.equal(await run({ exe: batch, args: ["two words", "4"] }), 4);
  assert.equal(textOf(join(dir, "out")).trim(), "two words");
});

onWindows("startInJob() waits for the program and not for what it leaves behind", async (dir) => {
  const copies = join(dir, "copy");
  const args = ["--spawn", "1", "--copies", copies, "--after", "700", "--exit", "3"];
  await whileRunning({ exe: CHILD, args }, async (program) => {
    assert.equal(await program.exited, 3);
    assert.equal(program.alive(), 1);
  });
});

onWindows("close() ends the whole tree, copies of copies included", async (dir) => {
  const copies = join(dir, "copy");
  const program = startInJob({ exe: CHILD, args: ["--spawn", "3", "--copies", copies] });
  await until("the last copy is up", () => textOf(`${copies}1`) !== "");
  assert.equal(program.alive(), 4);
  const pids = [1, 2, 3].map((n) => Number(textOf(`${copies}${n}`).split(" ")[1]));
  program.close();
  for (const pid of pids) await until(`copy ${pid} has ended`, () => !isAlive(pid));
});

onWindows("killTree() ends the whole tree with the code given", async (dir) => {
  const copies = join(dir, "copy");
  await whileRunning({ exe: CHILD, args: ["--spawn", "2", "--copies", copies] }, async (program) => {
    await until("the last copy is up", () => textOf(`${copies}1`) !== "");
    program.killTree(77);
    assert.equal(await program.exited, 77);
    await until("the tree has ended", () => program.alive() === 0);
  });
});

for (const breakaway of [false, true]) {
  onWindows(`a copy that wants out of the job ${breakaway ? "may with" : "cannot without"} breakaway`, async (dir) => {
    const [copies, events] = [join(dir, "copy"), join(dir, "events")];
    const args = [
      "--events",
      events,
      "--spawn",
      "1",
      "--breakaway",
      "--copies",
      copies,
      "--heartbeat",
      join(dir, "up"),
    ];
    const program = startInJob({ exe: CHILD, args, breakaway });
    await until("the program is up", () => textOf(join(dir, "up")) !== "");
    if (!breakaway) {
      program.close();
      assert.ok(linesOf(events).includes("no-copy"));
      return;
    }
    await until("the copy is up", () => textOf(`${copies}1`) !== "");
    const pid = Number(textOf(`${copies}1`).split(" ")[1]);
    program.close();
    await until("the program has ended", () => !isAlive(program.pid));
    assert.ok(isAlive(pid));
    process.kill(pid);
    await until("the copy has ended", () => !isAlive(pid));
  });
}

onWindows("sendCtrlBreak() ends a program that listens, and it alone", async (dir) => {
  ensureConsole();
  const other = startInJob({ exe: CHILD, args: ["--heartbeat", join(dir, "other")] });
  const args = ["--events", join(dir, "events"), "--heartbeat", join(dir, "up")];
  await whileRunning({ exe: CHILD, args }, async (program) => {
    await until("both are up", () => textOf(join(dir, "up")) !== "" && textOf(join(dir, "other")) !== "");
    const sent = program.sendCtrlBreak();
    assert.equal(sent, isWine() ? "ctrlC" : "ctrlBreak");
    assert.equal(await program.exited, 0);
    assert.deepEqual(linesOf(join(dir, "events")), ["start", sent === "ctrlC" ? "ctrl-c" : "ctrl-break", "end"]);
    assert.equal(program.sendCtrlBreak(), undefined);
  });
  assert.equal(other.alive(), 1);
  other.close();
});

onWindows("closeWindows() closes the windows of the tree, and says when there are none", async (dir) => {
  const args = ["--events", join(dir, "events"), "--heartbeat", join(dir, "up")];
  await whileRunning({ exe: CHILD, args: [...args, "--window"] }, async (program) => {
    await until("the program is up", () => textOf(join(dir, "up")) !== "");
    assert.equal(program.closeWindows(), 1);
    assert.equal(await program.exited, 0);
    assert.deepEqual(linesOf(join(dir, "events")), ["start", "window-close", "end"]);
  });
  await whileRunning({ exe: CHILD, args: [] }, (program) => Promise.resolve(assert.equal(program.closeWindows(), 0)));
});

onWindows("findProgram() adds .exe, looks through PATH, and knows what is missing", (dir) => {
  copyFileSync(CHILD, join(dir, "mine.exe"));
  assert.equal(findProgram(join(dir, "mine"))?.toLowerCase(), join(dir, "mine.exe").toLowerCase());
  assert.equal(findProgram(join(dir, "other")), undefined);
  assert.match(findProgram("cmd") ?? "", /\\cmd\.exe$/i);
});

onWindows("an image that runs can be moved aside and replaced", async (dir) => {
  const exe = join(dir, "svc.exe");
  copyFileSync(CHILD, exe);
  const aside = `${exe}.rollback-bak`;
  const { moveWriteThrough } = await import("../../src/system/windows/move.ts");
  await whileRunning({ exe, args: ["--heartbeat", join(dir, "up")] }, async (program) => {
    await until("the program is up", () => textOf(join(dir, "up")) !== "");
    copyFileSync(CHILD, join(dir, "next"));
    assert.throws(() => moveWriteThrough(join(dir, "next"), exe), { name: "FsError" });
    assert.ok(readFileSync(exe).length > 0 && readFileSync(join(dir, "next")).length > 0);
    moveWriteThrough(exe, aside);
    moveWriteThrough(join(dir, "next"), exe);
    assert.equal(program.alive(), 1);
    assert.equal(await run({ exe, args: ["--exit", "2"] }), 2);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
