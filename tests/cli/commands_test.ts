/** The commands as their users call them. @module */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { onPosix, script, scriptName } from "../helpers/scripts.ts";
import { type Ended, sentinel } from "../helpers/sentinel_process.ts";
import { inTempDir } from "../helpers/temp.ts";

const GOOD = script("echo good");
const BAD = script("exit 1");

interface Site {
  readonly dir: string;
  readonly exe: string;
  /** A file beside the program. */
  file(name: string, content: string): string;
  /** A command about the program. */
  call(...args: string[]): Ended;
  boot(): Ended;
}

function site(use: (site: Site) => void): void {
  inTempDir((dir) => {
    const exe = join(dir, scriptName("app"));
    writeFileSync(exe, GOOD, { mode: 0o755 });
    use({
      dir,
      exe,
      file(name, content) {
        writeFileSync(join(dir, name), content, { mode: 0o755 });
        return join(dir, name);
      },
      call: (...args) => sentinel([...args, "--exe", exe]),
      boot: () => sentinel(["run", "--", exe]),
    });
  });
}

const text = (path: string) => readFileSync(path, "utf8");
const json = (ended: Ended) => JSON.parse(ended.stdout);
const sha256 = (content: string) => createHash("sha256").update(content).digest("hex");

test("a swapped build that crash-loops is put back by the fourth boot, which serves, and is refused afterwards", () => {
  site(({ exe, file, call, boot }) => {
    const bad = file("bad", BAD);
    assert.equal(call("confirm").code, 0);
    assert.equal(call("swap", bad, "--to", "2.0.0").code, 0);
    for (let attempt = 1; attempt <= 3; attempt++) {
      const { code, stdout, stderr } = boot();
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
      assert.match(stderr, new RegExp(`attempt ${attempt} of 3`));
    }
    const { code, stdout, stderr } = boot();
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "good\n" });
    assert.match(stderr, /Rolled back 2\.0\.0/);
    assert.equal(text(exe), GOOD);
    assert.equal(text(`${exe}.rollback-bak`), BAD);
    const refused = call("swap", bad, "--to", "2.0.0");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /quarantined.*program is untouched.*quarantine clear 2\.0\.0/);
    assert.equal(boot().stdout, "good\n");
  });
});

test("a swapped build that is confirmed becomes last-good and survives ten crashes", () => {
  site(({ exe, file, call, boot }) => {
    const v2 = script("exit 3");
    call("confirm");
    call("swap", file("v2", v2), "--to", "2.0.0");
    assert.equal(boot().code, 3);
    assert.equal(call("confirm").stdout, "Confirmed 2.0.0: it is last-good now\n");
    assert.equal(text(`${exe}.last-good`), v2);
    assert.ok(!existsSync(`${exe}.rollback-bak`));
    for (let crash = 0; crash < 10; crash++) assert.deepEqual(boot().code, 3);
    assert.equal(text(exe), v2);
  });
});

test("a program that was replaced behind our back is put on probation by run and rolled back", () => {
  site(({ exe, call, boot }) => {
    call("confirm", "--app-version", "1.0.0");
    writeFileSync(exe, BAD);
    for (let attempt = 1; attempt <= 3; attempt++) assert.equal(boot().code, 1);
    assert.equal(boot().stdout, "good\n");
    writeFileSync(exe, BAD);
    const { stdout, stderr } = boot();
    assert.equal(stdout, "good\n", "known bad bytes spend no boots");
    assert.match(stderr, /its bytes are quarantined/);
  });
});

test("run --after-rollback exit ends with 75 and the next run starts the restored program", () => {
  site(({ exe, file, call, boot }) => {
    call("swap", file("bad", BAD), "--to", "2.0.0");
    const run = () => sentinel(["run", "--max-attempts", "1", "--after-rollback", "exit", "--", exe]);
    assert.equal(run().code, 1);
    assert.equal(run().code, 75);
    assert.equal(boot().stdout, "good\n");
  });
});

test("check ends with 0 to proceed and 75 after a rollback, and prints nothing", () => {
  site(({ file, call }) => {
    call("swap", file("bad", BAD), "--to", "2.0.0");
    for (let attempt = 1; attempt <= 3; attempt++) {
      const { code, stdout } = call("check");
      assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
    }
    const { code, stdout } = call("check");
    assert.deepEqual({ code, stdout }, { code: 75, stdout: "" });
    assert.equal(call("check").code, 0);
  });
});

test("check with a version judges as the library does", () => {
  site(({ exe, call }) => {
    assert.equal(call("arm", "2.0.0").code, 0);
    writeFileSync(exe, BAD);
    assert.equal(call("check", "--app-version", "v2.0.0").code, 0);
    assert.equal(json(call("status", "--json")).pending.attempts, 1);
    assert.equal(call("check", "--app-version", "1.0.0").code, 0);
    assert.equal(json(call("status", "--json")).pending, null);
  });
});

test("arm keeps the live build as last-good, in a file of its own", () => {
  site(({ exe, call, boot }) => {
    assert.equal(call("arm", "2.0.0").code, 0);
    assert.equal(text(`${exe}.last-good`), GOOD);
    assert.equal(statSync(`${exe}.last-good`).nlink, 1);
    writeFileSync(exe, BAD);
    for (let attempt = 1; attempt <= 3; attempt++) boot();
    assert.equal(boot().stdout, "good\n", "the first update of a fresh install can be rolled back");
  });
});

test("an armed build that never came is forgotten", () => {
  site(({ call, boot }) => {
    call("arm", "2.0.0");
    assert.equal(boot().stdout, "good\n");
    assert.equal(json(call("status", "--json")).pending, null);
  });
});

test("fail rolls back at the next boot, whatever the count", () => {
  site(({ file, call, boot }) => {
    call("confirm");
    call("swap", file("v2", script("echo two")), "--to", "2.0.0");
    assert.equal(boot().stdout, "two\n");
    assert.equal(call("fail", "answers 500").code, 0);
    const { stdout, stderr } = boot();
    assert.equal(stdout, "good\n");
    assert.match(stderr, /answers 500/);
    assert.equal(json(call("quarantine", "list", "--json")).quarantined[0].reason, "answers 500");
    assert.equal(call("fail").code, 1, "the confirmed build cannot be failed");
  });
});

test("rollback puts last-good back at once and quarantines the live build", () => {
  site(({ exe, file, call }) => {
    call("confirm");
    call("swap", file("v2", script("echo two")), "--to", "2.0.0");
    assert.equal(call("rollback").code, 0);
    assert.equal(text(exe), GOOD);
    assert.equal(call("quarantine", "check", "2.0.0").code, 0);
    assert.equal(call("rollback").code, 1, "there is nothing more to roll back");
  });
});

test("rollback --to goes back to an older proven build", () => {
  site(({ exe, file, call, boot }) => {
    call("confirm", "--app-version", "1.0.0");
    for (const version of ["2.0.0", "3.0.0"]) {
      call("swap", file(version, script(`echo ${version}`)), "--to", version);
      boot();
      assert.equal(call("confirm").code, 0);
    }
    const kept = json(call("status", "--json")).generations.map((build: { version: string }) => build.version);
    assert.deepEqual(kept, ["2.0.0", "1.0.0"]);
    assert.equal(call("rollback", "--to", "0.9.0").code, 66);
    assert.equal(call("rollback", "--to", "1.0.0").code, 0);
    assert.equal(text(exe), GOOD);
    assert.equal(boot().stdout, "good\n");
    assert.equal(json(call("status", "--json")).lastGood.version, "1.0.0");
    assert.equal(call("quarantine", "check", "3.0.0").code, 0);
  });
});

test("quarantine holds by version, by bytes, and lets go", () => {
  site(({ file, call }) => {
    const d1 = file("d1", script("echo d1"));
    const d2 = file("d2", script("echo d2"));
    assert.equal(call("quarantine", "check", "2.0.0").code, 1);
    assert.equal(call("quarantine", "add", "2.0.0", "--file", d1).code, 0);
    assert.equal(call("quarantine", "check", "2.0.0", "--file", d1).code, 0);
    assert.equal(call("quarantine", "check", "2.0.0", "--file", d2).code, 1, "a rebuild passes");
    assert.equal(call("quarantine", "check", "2.0.0").code, 0);
    assert.equal(call("quarantine", "check", " v2.0.0\r\n").code, 0);
    assert.equal(call("quarantine", "check", "../../x").code, 1);
    assert.equal(call("swap", d1, "--to", "2.0.1").code, 1, "the same bytes under another name do not pass");
    assert.equal(call("swap", d2, "--to", "2.0.0").code, 0);
    assert.equal(call("quarantine", "clear", "2.0.0").code, 0);
    assert.equal(call("quarantine", "list").stdout, "");
  });
});

test("swap refuses a file with another sha256 than promised and leaves the program alone", () => {
  site(({ exe, file, call, dir }) => {
    const v2 = file("v2", script("echo two"));
    assert.equal(call("swap", v2, "--to", "2.0.0", "--sha256", "00").code, 1);
    assert.equal(text(exe), GOOD);
    assert.ok(!existsSync(join(dir, ".boot-sentinel.json")));
    assert.equal(call("swap", v2, "--to", "2.0.0", "--sha256", sha256(text(v2)).toUpperCase()).code, 0);
    assert.equal(text(exe), text(v2));
    assert.equal(text(v2), script("echo two"), "the file stays");
  });
});

onPosix("any text is a batch file")("swap refuses an empty file, a text and a missing file", () => {
  site(({ exe, file, call, dir }) => {
    assert.equal(call("swap", file("empty", ""), "--to", "2.0.0").code, 1);
    assert.equal(call("swap", file("text", "<html>404</html>"), "--to", "2.0.0").code, 1);
    assert.equal(call("swap", join(dir, "none"), "--to", "2.0.0").code, 66);
    assert.equal(text(exe), GOOD);
  });
});

onPosix("there are no modes")("swap gives a download the mode of the program it replaces", () => {
  site(({ exe, file, call, boot }) => {
    const v2 = file("v2", script("echo two"));
    chmodSync(v2, 0o600);
    chmodSync(exe, 0o750);
    call("swap", v2, "--to", "2.0.0");
    assert.equal(statSync(exe).mode & 0o777, 0o750);
    assert.equal(boot().stdout, "two\n");
  });
});

test("swap keeps the outgoing program's own file as last-good", () => {
  site(({ exe, file, call }) => {
    const outgoing = statSync(exe).ino;
    call("swap", file("v2", script("echo two")), "--to", "2.0.0");
    assert.equal(statSync(`${exe}.last-good`).ino, outgoing);
    call("rollback");
    assert.equal(statSync(exe).ino, outgoing);
    assert.equal(statSync(`${exe}.last-good`).nlink, 1, "and it never shares a file with the program");
  });
});

test("status tells the documented story", () => {
  site(({ dir, exe, file, call, boot }) => {
    const before = json(call("status", "--json"));
    assert.deepEqual(before, {
      schema: 1,
      exe,
      dataDir: dir,
      live: {
        version: `sha256:${sha256(GOOD).slice(0, 12)}`,
        digest: sha256(GOOD),
        size: GOOD.length,
        startable: true,
      },
      state: "steady",
      pending: null,
      lastGood: null,
      generations: [],
      rolledBack: null,
      quarantined: [],
      problems: [],
    });
    call("confirm", "--app-version", "1.0.0");
    call("swap", file("bad", BAD), "--to", "2.0.0");
    boot();
    const probation = json(call("status", "--json"));
    assert.equal(probation.state, "probation");
    assert.deepEqual(probation.pending, { version: "2.0.0", attempts: 1, maxAttempts: 3 });
    assert.deepEqual(
      { version: probation.lastGood.version, digest: probation.lastGood.digest, size: probation.lastGood.size },
      { version: "1.0.0", digest: sha256(GOOD), size: GOOD.length },
    );
    for (let attempt = 2; attempt <= 4; attempt++) boot();
    const rolledBack = json(call("status", "--json"));
    assert.equal(rolledBack.state, "rolled-back");
    assert.equal(rolledBack.quarantined[0].version, "2.0.0");
    assert.match(call("status").stdout, /state +rolled-back/);
    call("confirm");
    assert.equal(json(call("status", "--json")).state, "steady");
    rmSync(`${exe}.last-good`);
    assert.match(json(call("status", "--json")).problems[0], /Last-good .* is missing/);
  });
});

test("status of an exhausted build without last-good is degraded", () => {
  site(({ dir, call }) => {
    writeFileSync(join(dir, ".boot-sentinel.json"), '{"version":"2.0.0","attempts":4}');
    assert.equal(json(call("status", "--json")).state, "degraded");
  });
});

onPosix("any text is a batch file")("a missing program ends run with 127, one that is no program with 126", () => {
  site(({ dir, file, boot, exe }) => {
    assert.equal(sentinel(["run", "--", join(dir, "none")]).code, 127);
    assert.equal(sentinel(["run", "--", "no-such-program-anywhere"]).code, 127);
    file("app", "neither ELF nor script");
    assert.equal(boot().code, 126);
    writeFileSync(exe, GOOD);
    chmodSync(exe, 0o644);
    assert.equal(boot().code, 126);
  });
});

onPosix("any text is a batch file")("a missing, empty, foreign or unexecutable program is restored at once", () => {
  for (const harm of ["missing", "empty", "text", "mode", "directory", "no interpreter"]) {
    site(({ exe, file, call, boot }) => {
      call("confirm", "--app-version", "1.0.0");
      call("swap", file("v2", script("echo two")), "--to", "2.0.0");
      rmSync(exe);
      if (harm === "empty") writeFileSync(exe, "", { mode: 0o755 });
      if (harm === "text") writeFileSync(exe, "<html>", { mode: 0o755 });
      if (harm === "mode") writeFileSync(exe, script("echo two"), { mode: 0o644 });
      if (harm === "no interpreter") writeFileSync(exe, "#!/no/such/shell\n", { mode: 0o755 });
      if (harm === "directory") mkdirSync(exe);
      const { stdout, stderr } = boot();
      if (harm === "directory") assert.match(stderr, /Cannot put last-good back/);
      else assert.equal(stdout, "good\n", `${harm}: ${stderr}`);
      // With bytes that nobody armed, it is those that are held.
      const held = harm === "no interpreter" ? /^sha256:/ : /^2\.0\.0/;
      assert.match(call("quarantine", "list").stdout, held, harm);
    });
  }
});

test("a damaged last-good is not put back", () => {
  for (const harm of ["empty", "other bytes", "directory"]) {
    site(({ exe, file, call }) => {
      call("confirm");
      call("swap", file("bad", BAD), "--to", "2.0.0");
      rmSync(`${exe}.last-good`);
      if (harm === "directory") mkdirSync(`${exe}.last-good`);
      else writeFileSync(`${exe}.last-good`, harm === "empty" ? "" : script("echo g00d"), { mode: 0o755 });
      for (let attempt = 1; attempt <= 3; attempt++) call("check");
      const { code, stderr } = call("check");
      assert.equal(code, 0);
      assert.match(stderr, /Degraded.*no valid last-good/);
      assert.equal(text(exe), BAD);
      const codes = harm === "directory" ? [74, 77] : [0];
      assert.ok(codes.includes(call("confirm").code ?? -1), "a confirm makes a new one");
    });
  }
});

test("an unknown command or flag names the nearest and ends with 64", () => {
  const command = sentinel(["statsu"]);
  assert.equal(command.code, 64);
  assert.match(command.stderr, /Unknown command statsu: did you mean status\?/);
  const flag = sentinel(["run", "--max-atempts", "3", "--", "/bin/true"]);
  assert.equal(flag.code, 64);
  assert.match(flag.stderr, /Unknown option --max-atempts: did you mean --max-attempts\?/);
});

test("a command line that lacks something ends with 64", () => {
  for (
    const args of [
      [],
      ["run"],
      ["run", "--"],
      ["arm", "--exe", "x"],
      ["swap", "x", "--exe", "x"],
      ["arm", "1"],
      [
        "status",
        "--exe",
      ],
      ["arm", " ", "--exe", "x"],
      ["check", "--max-attempts", "many", "--exe", "x"],
      ["quarantine", "x", "--exe", "x"],
    ]
  ) {
    assert.equal(sentinel(args).code, 64, args.join(" "));
  }
});

test("versions stay text: 1.10 is not 1.1", () => {
  site(({ call }) => {
    call("quarantine", "add", "1.10");
    assert.equal(call("quarantine", "check", "1.1").code, 1);
    assert.equal(call("quarantine", "check", "1.10").code, 0);
  });
});

test("options come from the flag, the environment, the file, in this order", () => {
  site(({ dir, exe, file }) => {
    // The file lies beside the executable; here that is the runtime, so it is named.
    const config = file("config.json", JSON.stringify({ $schema: "x", exe, maxAttempts: 7 }));
    const maxAttempts = (args: string[], env: Record<string, string> = {}) => {
      writeFileSync(join(dir, ".boot-sentinel.json"), '{"version":"2.0.0","attempts":1}');
      return json(sentinel(["status", "--json", "--config", config, ...args], { env })).pending.maxAttempts;
    };
    assert.equal(maxAttempts([]), 7);
    assert.equal(maxAttempts([], { BOOT_SENTINEL_MAX_ATTEMPTS: "8" }), 8);
    assert.equal(maxAttempts(["--max-attempts", "9"], { BOOT_SENTINEL_MAX_ATTEMPTS: "8" }), 9);
  });
});

test("a bad configuration ends a command with 78 and never stops run", () => {
  site(({ exe, file, call }) => {
    const config = file("config.json", '{"maxAtempts":3}');
    const status = call("status", "--config", config);
    assert.equal(status.code, 78);
    assert.match(status.stderr, /maxAtempts.*did you mean maxAttempts\?/);
    const run = sentinel(["run", "--config", config, "--", exe], { env: { BOOT_SENTINEL_KEEP: "many" } });
    assert.equal(run.stdout, "good\n");
    assert.match(run.stderr, /BOOT_SENTINEL_KEEP/);
  });
});

onPosix("STATE_DIRECTORY is systemd's")(
  "the state lives where --data-dir, its variable, or the unit's state directory says",
  () => {
    site(({ dir, call, exe }) => {
      const held = (at: string) => existsSync(join(at, ".boot-quarantine.json"));
      const [a, b, c] = ["a", "b", "c"].map((name) => join(dir, name)) as [string, string, string];
      const add = (env: Record<string, string>, ...args: string[]) =>
        sentinel(["quarantine", "add", "2.0.0", "--exe", exe, ...args], { env });
      add({ STATE_DIRECTORY: `${a}:${b}` });
      assert.ok(held(a) && !held(b));
      add({ STATE_DIRECTORY: a, BOOT_SENTINEL_DATA_DIR: b });
      assert.ok(held(b));
      add({ BOOT_SENTINEL_DATA_DIR: b }, "--data-dir", c);
      assert.ok(held(c));
      call("quarantine", "add", "2.0.0");
      assert.ok(held(dir));
    });
  },
);

test("every command has help with an example", () => {
  const { stdout } = sentinel(["--help"]);
  for (const name of ["run", "check", "arm", "swap", "confirm", "fail", "rollback", "quarantine", "status"]) {
    assert.match(stdout, new RegExp(`^  ${name} `, "m"));
    const help = sentinel([name, "--help"]);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /Examples:\n {2}.*boot-sentinel/);
  }
});

test("the program's other files do not matter: a copy under another name is its own program", () => {
  site(({ dir, exe, call }) => {
    call("confirm");
    const other = join(dir, scriptName("other"));
    copyFileSync(exe, other);
    assert.equal(sentinel(["run", "--data-dir", join(dir, "elsewhere"), "--", other]).stdout, "good\n");
  });
});
