/** What an operator relies on: who may write the files, hooks that end, and who watches. @module */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { runCommand } from "../../src/system/tools/run_command.ts";
import { writableBy, writersAt, writersOf } from "../../src/system/fs/access.ts";
import { systemLibrary, wide } from "../../src/system/windows/win32.ts";
import { build, isAlive, must, pidIn, sentinel, statusOf, withGuarded } from "./sentinel.ts";
import { CHILD, onWindows, textOf, until } from "./support.ts";

const api = systemLibrary("advapi32.dll", {
  ConvertStringSecurityDescriptorToSecurityDescriptorW: [["ptr", "u32", "ptr", "u64"], "i32"],
  SetFileSecurityW: [["ptr", "u32", "u64"], "i32"],
});

/** Gives a file this access list, and nothing from above. */
function protect(path: string, sddl: string): void {
  const descriptor = new BigUint64Array(1);
  assert.notEqual(api().ConvertStringSecurityDescriptorToSecurityDescriptorW(wide(sddl), 1, descriptor, 0n), 0);
  const PROTECTED_LIST = 0x8000_0004;
  assert.notEqual(api().SetFileSecurityW(wide(path), PROTECTED_LIST, descriptor[0] ?? 0n), 0);
}

const MINE = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
const CROWD = `${MINE}(A;OICI;FA;;;WD)`;

onWindows("who may write a file is read from its access list", (dir) => {
  const path = join(dir, "file");
  writeFileSync(path, "");
  protect(path, MINE);
  assert.ok(writersAt(path, 0)?.has("everybody") === false);
  protect(path, CROWD);
  assert.ok(writersAt(path, 0)?.has("everybody"));
  assert.equal(writableBy(path, "everybody", writersAt), path);
  assert.equal(writersOf(join(dir, "missing"), writersAt), undefined);
});

onWindows("the doctor finds a data directory that everybody can write, and names the fix", (dir) => {
  const exe = build(join(dir, "svc.exe"), "--version 1.0.0");
  const data = join(dir, "data");
  mkdirSync(data);
  for (const path of [dir, exe, data]) protect(path, MINE);
  must("confirm", "--exe", exe, "--data-dir", data);
  const access = () => {
    const { stdout, stderr } = sentinel("doctor", "--exe", exe, "--data-dir", data, "--json");
    assert.ok(stdout !== "", stderr);
    const { findings } = JSON.parse(stdout) as {
      findings: { check: string; verdict: string; text: string; advice?: string }[];
    };
    return findings.filter(({ check, text }) => check === "access" && !text.includes("boot-sentinel.exe"));
  };
  const about = () => access().filter(({ text }) => text.includes(`can write ${data}`));
  assert.deepEqual(about(), [], JSON.stringify(access()));
  protect(data, CROWD);
  const [found] = about();
  assert.equal(found?.verdict, "bad", JSON.stringify(access()));
  assert.match(found?.text ?? "", /^everybody can write .*data and so choose what runs/);
  assert.ok(found?.advice?.startsWith(`icacls "${data}" /inheritance:d /remove:g *S-1-1-0 `));
});

onWindows("a hook reads its event, prints nowhere but to standard error, and gives its exit code back", (dir) => {
  const [seen, env] = [join(dir, "seen"), { MARK: "a b" }];
  const line = `"${CHILD}" --echo --exit 0 > "${seen}" & echo %MARK%>> "${seen}" & exit 7`;
  assert.deepEqual(runCommand({ line, input: '{"event":"x"}\n', env, timeoutMs: 60_000 }), { kind: "exited", code: 7 });
  assert.match(readFileSync(seen, "utf8"), /^\{"event":"x"\}\r?\na b ?\r?\n$/);
});

onWindows("what a late hook has started is killed with it", async (dir) => {
  const up = join(dir, "up");
  const end = runCommand({ line: `"${CHILD}" --heartbeat "${up}"`, timeoutMs: 5_000 });
  assert.deepEqual(end, { kind: "late" });
  assert.ok(existsSync(up), "it was up by then");
  await until("it is gone", () => !isAlive(pidIn(up)));
});

onWindows("what a punctual hook leaves behind lives on", async (dir) => {
  const up = join(dir, "up");
  const line = `start "" /b "${CHILD}" --heartbeat "${up}"`;
  assert.deepEqual(runCommand({ line, timeoutMs: 60_000 }), { kind: "exited", code: 0 });
  await until("it is up", () => textOf(up) !== "");
  const pid = pidIn(up);
  assert.ok(isAlive(pid));
  process.kill(pid);
  await until("it is gone", () => !isAlive(pid));
});

onWindows(
  "the status names the host of a service as the watcher of its build, for as long as it lives",
  async (dir) => {
    const probes = ["--probe", `file:${join(dir, "never")}`, "--healthy-deadline", "10m"];
    await withGuarded(dir, probes, [], async (service) => {
      service.start();
      await service.version("1.0.0");
      assert.equal(statusOf(service.exe).watcher?.pid, service.show().pid);
      service.stop();
      await service.state("stopped");
      assert.equal(statusOf(service.exe).watcher, null);
    });
  },
);
