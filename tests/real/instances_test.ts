/** Several processes of one program: what is one boot, and what is one state. @module */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "../../src/core/exit_codes.ts";
import { said } from "../support/output.ts";
import { onPosix } from "../support/scripts.ts";
import { sentinel, sentinelWords } from "../support/sentinel_process.ts";
import { BAD, GOOD, script, sha256, type Site, site, siteAt, text } from "../support/site.ts";
import { inTempDir } from "../support/temp.ts";

const test = onPosix("its programs are commands of sh");

/** A healthy update, which runs until its standard input ends. */
const STAYS = script("echo up; exec cat");

/** Runs `use` with a way to start the program so that it stays; ends all of these programs afterwards. */
async function living({ exe, dir }: Site, use: (start: (...options: string[]) => Promise<void>) => Promise<void>) {
  const children: ChildProcess[] = [];
  try {
    await use(async (...options) => {
      const [program = "", ...words] = sentinelWords();
      const args = ["run", "--data-dir", dir, "--confirm", "manual", ...options, "--", exe];
      const child = spawn(program, [...words, ...args], { stdio: ["pipe", "pipe", "inherit"] });
      children.push(child);
      assert.match(await said(child.stdout, /\n/), /^up$/m);
    });
  } finally {
    for (const child of children) {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "close");
    }
  }
}

/** A program whose healthy update was swapped in. */
function onProbation(dir: string): Site {
  const one = siteAt(dir);
  one.must("confirm");
  one.must("swap", one.file("v2", STAYS), "--to", "2.0.0");
  return one;
}

test("four processes of a healthy update that run at once are one boot of it", async () => {
  await inTempDir(async (dir) => {
    const one = onProbation(dir);
    await living(one, async (start) => {
      for (let process = 1; process <= 4; process++) await start();
      assert.equal(text(one.exe), STAYS);
      assert.equal(one.status().pending.attempts, 1);
      one.must("confirm");
    });
    assert.equal(text(`${one.exe}.last-good`), STAYS);
  });
});

test("a start after the process of the boot before has ended is a boot", async () => {
  await inTempDir(async (dir) => {
    const one = onProbation(dir);
    for (let attempt = 1; attempt <= 2; attempt++) {
      await living(one, async (start) => {
        await start();
        assert.equal(one.status().pending.attempts, attempt);
      });
    }
  });
});

test("instances count apart, while others live and when they crash", async () => {
  await inTempDir(async (dir) => {
    const one = onProbation(dir);
    await living(one, async (start) => {
      for (const name of ["a", "b", "c", "d", "a"]) await start("--instance", name);
      assert.equal(text(one.exe), STAYS);
      assert.equal(one.status().pending.attempts, 1, "each instance had one boot");
    });
  });
  site(({ must, file, boot, status, exe }) => {
    must("confirm");
    must("swap", file("v2", BAD), "--to", "2.0.0");
    for (const name of ["a", "b", "c", "a", "b", "c"]) boot("--instance", name);
    assert.equal(text(exe), BAD, "two boots of each");
    assert.equal(status().pending.attempts, 2);
    boot("--instance", "a");
    assert.equal(boot("--instance", "a").stdout, "good\n", "the fourth boot of one");
  });
});

/** A program whose state is elsewhere, as its unit's `--data-dir` says. */
function atTwoPlaces(use: (site: Site, other: string) => void): void {
  inTempDir((dir) => {
    const one = siteAt(join(dir, "app"), { dataDir: join(dir, "state") });
    one.must("confirm", "--app-version", "1.0.0");
    mkdirSync(join(dir, "other"));
    use(one, join(dir, "other"));
  });
}

const UNSET = { under: ["env", "-u", "STATE_DIRECTORY", "-u", "BOOT_SENTINEL_DATA_DIR"] };

test("a command about a second state of a program is refused, and changes nothing", () => {
  atTwoPlaces(({ exe, file, dataDir, status }, other) => {
    const v2 = file("v2", BAD);
    const about = ["--exe", exe, "--data-dir", other];
    const before = readdirSync(dataDir);
    const commands = [
      ["swap", v2, "--to", "2.0.0"],
      ["arm", "2.0.0"],
      ["confirm"],
      ["quarantine", "add", "2.0.0"],
      ["fail"],
      ["rollback"],
    ];
    for (const words of commands) {
      const { code, stderr } = sentinel([...words, ...about]);
      // In an empty state there is nothing that could be declared bad or put back.
      const refused = words[0] === "fail" || words[0] === "rollback" ? EXIT.no : EXIT.notWritable;
      assert.equal(code, refused, `${words[0]}: ${stderr}`);
      assert.ok(stderr.includes(`--data-dir ${dataDir}`), stderr);
      assert.equal(text(exe), GOOD);
    }
    assert.deepEqual(readdirSync(other).filter((name) => name.endsWith(".json")), []);
    assert.deepEqual(readdirSync(dataDir), before);
    assert.equal(status().state, "steady");
  });
});

test("a gate with a second state of a program starts the program, and says which directory is the right one", () => {
  atTwoPlaces(({ exe, dataDir }, other) => {
    const { code, stdout, stderr } = sentinel(["run", "--data-dir", other, "--confirm", "manual", "--", exe]);
    assert.deepEqual([code, stdout], [0, "good\n"]);
    assert.ok(stderr.includes(dataDir), stderr);
    assert.deepEqual(readdirSync(other).filter((name) => name.endsWith(".json")), []);
  });
});

test("a command without --data-dir finds the state that the marker beside the program names", () => {
  atTwoPlaces(({ dir, exe, file, boot, status }) => {
    const swapped = sentinel(["swap", file("v2", BAD), "--to", "2.0.0", "--exe", exe], UNSET);
    assert.equal(swapped.code, 0, swapped.stderr);
    assert.equal(status().pending.version, "2.0.0");
    for (let attempt = 1; attempt <= 3; attempt++) boot();
    assert.equal(boot().stdout, "good\n");
    assert.equal(sentinel(["quarantine", "check", "2.0.0", "--exe", exe], UNSET).code, 0);
    assert.deepEqual(readdirSync(dir).filter((name) => name.startsWith(".boot-")), []);
  });
});

test("two programs of one name do not share a data directory: the second is refused, and started as it is", () => {
  inTempDir((dir) => {
    const dataDir = join(dir, "state");
    const first = siteAt(join(dir, "first"), { dataDir });
    first.must("confirm");
    const second = siteAt(join(dir, "second"), { dataDir });
    second.file("app", script("echo other"));
    const before = sha256(second.exe);
    for (const words of [["confirm"], ["arm", "2.0.0"], ["swap", second.file("v2", BAD), "--to", "2.0.0"]]) {
      const { code, stderr } = second.call(...words);
      assert.equal(code, EXIT.notWritable, `${words[0]}: ${stderr}`);
      assert.match(stderr, /about another program/);
    }
    const { stdout, stderr } = second.crashLoop();
    assert.equal(stdout, "other\n");
    assert.match(stderr, /about another program/);
    assert.equal(sha256(second.exe), before);
    assert.ok(!existsSync(`${second.exe}.last-good`));
    assert.equal(first.boot().stdout, "good\n");
    assert.equal(first.status().state, "steady");
  });
});
