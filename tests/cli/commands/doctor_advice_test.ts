/** What the doctor advises fixes what it found: its commands are pasted into a shell here. @module */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { shellWord } from "../../../src/core/shell_word.ts";
import { dataFolderCheck } from "../../../src/service/doctor/place_checks.ts";
import type { ExaminedPlace, Finding } from "../../../src/service/doctor/check.ts";
import { type Fs, FsError, type FsFault } from "../../../src/core/ports.ts";
import { memoryFs, memoryPorts } from "../../../src/testing.ts";
import { atSite, BAD, GOOD, type Site, type Surroundings } from "../../support/command_line.ts";
import { runProcess, sentinelWords } from "../../support/sentinel_process.ts";

const onPosix = process.platform === "win32" && "a POSIX shell";

/** A site whose every path needs quotes. */
interface AtSite {
  readonly exe: string;
  readonly state: string;
  call(...args: string[]): Promise<string>;
  findings(surroundings?: Surroundings): Promise<Finding[]>;
  failing(surroundings?: Surroundings): Promise<Finding[]>;
  paste(advice: string | undefined): void;
}

function atQuotedSite(use: (at: AtSite) => Promise<void>): Promise<void> {
  return atSite(async (site: Site) => {
    chmodSync(site.dir, 0o755);
    const [exe, state, bin] = [join(site.dir, "it's s p", "server"), join(site.dir, "s t"), join(site.dir, "bin")];
    for (const dir of [dirname(exe), state, bin]) mkdirSync(dir);
    writeFileSync(exe, GOOD, { mode: 0o755 });
    const script = `#!/bin/sh\nexec ${sentinelWords().map((word) => shellWord(word)).join(" ")} "$@"\n`;
    writeFileSync(join(bin, "boot-sentinel"), script, { mode: 0o755 });
    const about = ["--exe", exe, "--data-dir", state];
    const call = async (surroundings: Surroundings, ...args: string[]) => {
      const { stdout, code, log } = await site.callWith(surroundings, ...args, ...about);
      assert.ok(code === 0 || args[0] === "doctor", log.join("\n"));
      return stdout;
    };
    const findings = async (surroundings: Surroundings = {}): Promise<Finding[]> =>
      JSON.parse(await call(surroundings, "doctor", "--json")).findings;
    await use({
      exe,
      state,
      call: (...args) => call({}, ...args),
      findings,
      failing: async (surroundings = {}) => (await findings(surroundings)).filter(({ verdict }) => verdict === "bad"),
      paste(advice = "") {
        writeFileSync(join(site.dir, "FILE"), "#!/bin/sh\necho better\n", { mode: 0o755 });
        const env = { PATH: `${bin}:${process.env["PATH"]}`, BUN_OPTIONS: "" };
        const [command = ""] = advice.split("   ");
        const { code, stderr } = runProcess("/bin/sh", ["-c", command], { cwd: site.dir, env });
        assert.equal(code, 0, `${command}\n${stderr}`);
      },
    });
  });
}

/** One find after the other is fixed as it says; returns the checks that were fixed. */
async function follow({ failing, paste }: AtSite): Promise<string[]> {
  const fixed: string[] = [];
  for (let [first] = await failing(); first !== undefined && fixed.length < 5; [first] = await failing()) {
    paste(first.advice);
    fixed.push(first.check);
  }
  return fixed;
}

test(
  "the doctor's advice fixes a quarantined live build that is last-good",
  { skip: onPosix },
  () =>
    atQuotedSite(async (at) => {
      await at.call("confirm", "--app-version", "2 beta");
      await at.call("quarantine", "add", "2 beta", "--file", at.exe);
      const [found] = await at.failing();
      assert.match(found?.advice ?? "", /^boot-sentinel quarantine clear '2 beta' --data-dir '/);
      assert.deepEqual(await follow(at), ["quarantine"]);
    }),
);

test(
  "the doctor's advice fixes a bad build that is live without a last-good",
  { skip: onPosix },
  () =>
    atQuotedSite(async (at) => {
      writeFileSync(at.exe, BAD);
      await at.call("arm", "2.0.0");
      rmSync(`${at.exe}.last-good`, { force: true });
      writeFileSync(at.exe, "#!/bin/sh\nexit 2\n");
      for (let boot = 0; boot < 4; boot++) await at.call("check");
      const { state } = JSON.parse(await at.call("status", "--json"));
      assert.equal(state, "degraded");
      const found = await at.failing();
      assert.deepEqual(found.map(({ check }) => check), ["last-good", "quarantine"]);
      for (const { advice } of found) assert.match(advice ?? "", /^boot-sentinel swap FILE --to VERSION /);
      at.paste(found[0]?.advice);
      await at.call("confirm");
      assert.deepEqual(await at.failing(), []);
      assert.match(readFileSync(at.exe, "utf8"), /better/);
    }),
);

test(
  "the doctor's advice fixes programs that lost the right to be executed",
  { skip: onPosix },
  () =>
    atQuotedSite(async (at) => {
      await at.call("confirm");
      chmodSync(at.exe, 0o644);
      chmodSync(`${at.exe}.last-good`, 0o644);
      assert.deepEqual(await follow(at), ["program", "last-good"]);
    }),
);

test(
  "the doctor's advice fixes a state file of a newer schema, and one that others can write",
  { skip: onPosix },
  () =>
    atQuotedSite(async (at) => {
      await at.call("confirm");
      const file = join(at.state, ".boot-quarantine.json");
      writeFileSync(file, '{"schema":99,"versions":[]}', { mode: 0o600 });
      const [newer] = await at.failing();
      assert.match(newer?.text ?? "", /it has schema 99, and this program supports only 1$/);
      assert.equal(newer?.advice, `use the program that wrote it, or remove it: rm '${file}'`);
      chmodSync(file, 0o666);
      const [loose] = await at.failing();
      assert.equal(loose?.advice, `inspect it, then: chmod 600 '${file}'`);
    }),
);

test("the doctor does not say that a state file it may not read is set aside", () =>
  atQuotedSite(async ({ call, state, findings }) => {
    await call("confirm");
    const { fs } = (await import("../../../src/system/real_ports.ts")).realPorts();
    const denied: Fs = {
      ...fs,
      read(path, limit) {
        if (path.endsWith(".boot-record.json")) throw new FsError("denied", "read", path);
        return fs.read(path, limit);
      },
    };
    const all = await findings({ ports: { fs: denied } });
    const found = all.find(({ check }) => check === "state files");
    assert.equal(found?.verdict, "unknown");
    assert.match(found?.text ?? "", /may not read .*\.boot-record\.json/);
    assert.match(found?.advice ?? "", /boot-sentinel doctor --data-dir '/);
    assert.deepEqual(all.filter(({ verdict }) => verdict === "bad"), []);
    assert.ok(readdirSync(state).includes(".boot-record.json"));
  }));

test("the doctor's advice about a data directory fits what is wrong with it", () => {
  const adviceFor = (code: FsFault, program = "/opt/app") => {
    const ports = memoryPorts({
      ...memoryFs(),
      create(path) {
        throw new FsError(code, "write", path);
      },
    });
    const runner = { name: "app", writer: "user 7" };
    const target = { exe: program, dataDir: "/var/s t", isInstalled: true, unit: { name: "app.service" } };
    const found = dataFolderCheck(
      { target, program, machine: { ports, user: {} }, runner } as unknown as ExaminedPlace,
    );
    assert.equal(found.verdict, "bad");
    return found.advice ?? "";
  };
  assert.equal(adviceFor("noSpace"), "free space on its file system: df -h '/var/s t'");
  assert.equal(adviceFor("readOnly"), `mount -o remount,rw "$(findmnt -no TARGET -T '/var/s t')"`);
  assert.equal(adviceFor("notFound"), "mkdir -p '/var/s t' && chown app '/var/s t'");
  assert.equal(adviceFor("denied"), "chown app '/var/s t'");
  // Who may write the program's folder can replace the program.
  assert.match(adviceFor("denied", "/var/s t/app"), /^boot-sentinel service install --drop-in app\.service /);
});

test("the doctor says of a missing program that it is missing, not that this system has no checks", () =>
  atSite(async ({ dir, callWith }) => {
    for (const exe of [join(dir, "nope"), join(dir, "no", "where")]) {
      const { stdout } = await callWith({}, "doctor", "--json", "--exe", exe);
      const found = JSON.parse(stdout).findings.find(({ check }: Finding) => check === "access");
      assert.equal(found?.text, `who may write the files is not checked: ${exe} is missing`);
    }
  }));

test("words for a shell stand for themselves", { skip: onPosix }, () => {
  for (
    const word of ["a", "/opt/app-1.0/server", "a b", "it's", "$HOME", "`x`", 'say "x"', "", "-n", "a\nb", "*", "ü"]
  ) {
    assert.equal(runProcess("/bin/sh", ["-c", `printf %s ${shellWord(word)}`]).stdout, word);
  }
  assert.equal(shellWord("/opt/app-1.0/server"), "/opt/app-1.0/server");
  assert.equal(shellWord("C:\\Program Files\\app.exe", "windows"), '"C:\\Program Files\\app.exe"');
  assert.equal(shellWord("C:\\app\\app.exe", "windows"), "C:\\app\\app.exe");
});
