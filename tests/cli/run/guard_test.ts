/** `run` with an interpreter, with --guard, and with a program that no state can name. @module */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { onPosix } from "../../support/scripts.ts";
import { type Ended, runProcess, sentinel, sentinelWords } from "../../support/sentinel_process.ts";
import { text } from "../../support/site.ts";
import { inTempDir } from "../../support/temp.ts";

const test = onPosix("its interpreter is sh");

/** A script and its folder. `run` starts it by sh. */
function script(use: (about: { dir: string; app: string; run: (...options: string[]) => Ended }) => void) {
  inTempDir((dir) => {
    const app = join(dir, "app.sh");
    writeFileSync(app, "echo good\n");
    use({ dir, app, run: (...options) => sentinel(["run", ...options, "--", "/bin/sh", app]) });
  });
}

test("an interpreter is started unguarded, which is said once", () => {
  script(({ dir, run }) => {
    for (const _ of [1, 2]) {
      const { code, stdout, stderr } = run("--data-dir", dir);
      assert.deepEqual([code, stdout], [0, "good\n"]);
      assert.equal(stderr.match(/Not guarded: \/bin\/sh only runs another program; .*--guard FILE/g)?.length, 1);
    }
    assert.deepEqual(readdirSync(dir), ["app.sh"], "nothing is kept of it");
  });
});

test("an interpreter that cannot be started is no reason to judge", () => {
  script(({ dir }) => {
    const { code, stderr } = sentinel(["run", "--data-dir", dir, "--", join(dir, "no-such", "node"), "app.js"]);
    assert.equal(code, EXIT.notFound);
    assert.equal(stderr.match(/Not guarded/g)?.length, 1);
    assert.deepEqual(readdirSync(dir), ["app.sh"]);
  });
});

test("--guard judges the file that the program reads, puts it back and holds the bad one", () => {
  script(({ dir, app, run }) => {
    const about = ["--guard", app, "--data-dir", dir];
    const must = (...args: string[]) => assert.equal(sentinel([...args, ...about]).code, 0, args.join(" "));
    const boot = () => run(...about, "--confirm", "manual");
    assert.equal(boot().stdout, "good\n");
    must("confirm");
    writeFileSync(join(dir, "bad.sh"), "exit 3\n");
    must("swap", join(dir, "bad.sh"), "--to", "2.0.0");
    for (let attempt = 1; attempt <= 3; attempt++) {
      const { code, stderr } = boot();
      assert.equal(code, 3);
      assert.match(stderr, new RegExp(`attempt ${attempt} of 3`));
      assert.doesNotMatch(stderr, /Not guarded/);
    }
    const { code, stdout, stderr } = boot();
    assert.deepEqual([code, stdout], [0, "good\n"]);
    assert.match(stderr, /Rolled back 2\.0\.0/);
    assert.equal(text(app), "echo good\n");
    assert.equal(sentinel(["swap", join(dir, "bad.sh"), "--to", "2.0.0", ...about]).code, EXIT.no);
  });
});

test("a guarded file that is missing is put back before the program reads it", () => {
  script(({ dir, app, run }) => {
    const about = ["--guard", app, "--data-dir", dir];
    assert.equal(sentinel(["confirm", ...about]).code, 0);
    runProcess("/bin/rm", [app]);
    assert.equal(run(...about, "--confirm", "manual").stdout, "good\n");
    assert.equal(text(app), "echo good\n");
  });
});

test("a program whose path is no UTF-8 is started, and said not to be guarded", () => {
  inTempDir((dir) => {
    const words = sentinelWords().map((word) => `'${word}'`).join(" ");
    mkdirSync(join(dir, "state"));
    // In Latin-1; the shell makes the folder, since the runtimes know only UTF-8.
    const { code, stdout, stderr } = runProcess("/bin/sh", [
      "-c",
      `f="$(printf 'caf\\351')"; mkdir "$f" && printf '#!/bin/sh\\necho served\\n' >"$f/app" && chmod 755 "$f/app" &&
       ${words} run --data-dir "$PWD/state" -- "$PWD/$f/app"; code=$?; rm -r "$f"; exit $code`,
    ], { cwd: dir });
    assert.deepEqual([code, stdout], [0, "served\n"]);
    assert.equal(stderr.match(/Not guarded: the path of .* is not UTF-8, so no state can name it/g)?.length, 1);
    assert.deepEqual(readdirSync(join(dir, "state")), []);
  });
});
