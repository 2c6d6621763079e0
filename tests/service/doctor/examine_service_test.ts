/** One examination for the doctor and for an installation. @module */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { Finding, Machine, Target } from "../../../src/service/doctor/check.ts";
import { examineService, isProtected } from "../../../src/service/doctor/examine_service.ts";
import { doctorMachine } from "../../../src/service/doctor/machine.ts";
import { realPorts } from "../../../src/system/real_ports.ts";
import { inTempDir } from "../../support/temp.ts";

const onLinux = process.platform === "linux" ? false : "it is about systemd";
const asRoot = process.geteuid?.() === 0 ? onLinux : "only root can give files away";

/** A folder with a program, boot-sentinel, and what `systemctl show` prints of the unit `app`. */
interface Place {
  readonly dir: string;
  readonly exe: string;
  readonly self: string;
  /** Codes of what is not good. */
  codes(target?: Partial<Target>, shown?: string): Promise<string[]>;
  findings(target?: Partial<Target>, shown?: string): Promise<Finding[]>;
}

const UNIT = "LoadState=loaded\nType=exec\nRestart=always\nUnsetEnvironment=BUN_OPTIONS BUN_BE_BUN\n";

function atPlace(use: (place: Place) => Promise<void>): Promise<void> {
  return inTempDir(async (dir) => {
    chmodSync(dir, 0o755);
    const [exe, self, state] = [join(dir, "app"), join(dir, "boot-sentinel"), join(dir, "state")];
    for (const path of [exe, self]) writeFileSync(path, "#!/bin/sh\n", { mode: 0o755 });
    mkdirSync(state);
    const findings: Place["findings"] = async (target = {}, shown = UNIT) => {
      const answer = (stdout: string) => Promise.resolve({ code: 0, stdout, stderr: "" });
      const io = {
        systemctl: (...args: string[]) => answer(args.includes("show") ? shown : ""),
        runTool: (program: string) => answer(program === "id" ? "1234\n" : "no\n"),
        hasSystemd: () => true,
      } as unknown as Machine["io"];
      return await examineService({
        exe,
        isStarted: true,
        dataDir: state,
        probes: ["uptime:60s"],
        probeTimeoutMs: 1000,
        unit: { name: "app.service" },
        gateAs: "root",
        isInstalled: false,
        self,
        maxAttempts: 3,
        afterRollback: "run",
        isConfirmedByHand: false,
        selector: "--name app",
        ...target,
      }, doctorMachine(realPorts(), io));
    };
    const codes: Place["codes"] = async (...of) =>
      (await findings(...of)).filter(({ verdict }) => verdict !== "good").map(({ verdict, code }) =>
        `${verdict} ${code}`
      );
    await use({ dir, exe, self, codes, findings });
  });
}

test("before an installation neither the gate nor a state is looked for, nor a folder that is made then", {
  skip: asRoot,
}, () =>
  atPlace(async ({ dir, codes }) => {
    assert.deepEqual(await codes(), []);
    assert.deepEqual(await codes({ dataDir: join(dir, "not-yet") }), []);
    const limited = `${UNIT}LimitAS=1000000\n`;
    assert.deepEqual(await codes({}, limited), ["bad limit-too-low"]);
    assert.deepEqual(await codes({ isInstalled: true }), [
      "bad not-protected-yet",
      "unknown gate-unproven",
      "bad not-gated",
    ]);
  }));

test(
  "an interpreter is not guarded, and what it reads is named",
  { skip: asRoot },
  () =>
    atPlace(async ({ dir, findings }) => {
      const [node, script] = [join(dir, "node"), join(dir, "app.js")];
      for (const path of [node, script]) writeFileSync(path, "#!/bin/sh\n", { mode: 0o755 });
      const shown = `${UNIT}ExecStart={ path=${node} ; argv[]=${node} --trace ${script} ; ignore_errors=no ; }\n`;
      const [found, ...others] = (await findings({ exe: node }, shown)).filter(({ verdict }) => verdict === "bad");
      assert.deepEqual([found?.code, others], ["guards-interpreter", []]);
      assert.equal(found?.advice, `boot-sentinel service install --drop-in app.service --guard ${script}`);
      const asRead = await findings({ exe: script, isStarted: false }, shown);
      assert.deepEqual(asRead.filter(({ verdict }) => verdict === "bad"), []);
    }),
);

test(
  "root's gate is nobody else's to write, and a service need not own its program",
  { skip: asRoot },
  () =>
    atPlace(async ({ self, exe, codes, findings }) => {
      chownSync(self, 1234, 1234);
      assert.deepEqual(await codes(), ["bad gate-writable"]);
      chownSync(self, 0, 0);
      chmodSync(self, 0o757);
      const [found] = (await findings()).filter(({ code }) => code === "gate-writable");
      assert.equal(found?.advice, `chmod o-w ${self}`);
      chmodSync(self, 0o755);
      chownSync(exe, 1234, 1234);
      assert.deepEqual(await codes({}, `${UNIT}User=app\n`), ["note service-owns-program"]);
    }),
);

test(
  "no finding about a service advises to give it its own program",
  { skip: asRoot },
  () =>
    atPlace(async ({ exe, dir, findings }) => {
      const shown = `${UNIT}User=app\nMemoryDenyWriteExecute=yes\nProtectSystem=strict\nNoExecPaths=/\n`;
      const found = (await findings({ gateAs: "user" }, shown)).filter(({ verdict }) => verdict === "bad");
      assert.ok(found.length >= 4, JSON.stringify(found));
      for (const { advice = "" } of found) {
        assert.doesNotMatch(advice, new RegExp(`(chown|chmod|setfacl)[^&|]* (${exe}|${dir})( |$)`));
        assert.doesNotMatch(advice, /MemoryDenyWriteExecute=no|ProtectSystem=(no|false)|NoExecPaths=/);
      }
    }),
);

test("protection is on only when nothing is bad, and nothing that matters went unseen", () => {
  const finding = (verdict: Finding["verdict"]): Finding => ({ check: "x", code: "x", verdict, text: "" });
  const of = (...verdicts: Finding["verdict"][]) => isProtected(verdicts.map(finding));
  assert.deepEqual([of("good", "note"), of("good", "unknown"), of("unknown", "bad")], [true, undefined, false]);
});
