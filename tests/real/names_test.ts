/** Programs with any name that a file can have. @module */
import assert from "node:assert/strict";
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runProcess, sentinelWords } from "../support/sentinel_process.ts";
import { BAD, siteAt, text } from "../support/site.ts";
import { inTempDir } from "../support/temp.ts";

const NAMES: Record<string, string> = {
  "with blanks": " my  app ",
  "with quotes and wildcards": `a"b'c*d?$HOME`,
  "in other scripts": "прилад-サーバ-🚀",
  "with a line break": "two\nlines",
  "that looks like an option": "--exe",
  "of 255 bytes": "x".repeat(255),
  "of 255 bytes in other scripts": "é".repeat(127) + "x",
};

for (const [kind, name] of Object.entries(NAMES)) {
  test(`a program with a name ${kind} is updated, crash-loops and is put back`, () => {
    inTempDir((dir) => {
      const { exe, file, must, crashLoop, status } = siteAt(join(dir, "a directory"), {
        exe: join(dir, "a directory", name),
        dataDir: join(dir, "state"),
      });
      const good = text(exe);
      must("confirm", "--app-version", "1.0.0");
      must("swap", file("v2", BAD), "--to", "2.0.0");
      assert.equal(crashLoop().stdout, "good\n");
      assert.equal(text(exe), good);
      assert.equal(status().lastGood.version, "1.0.0");
      for (const entry of readdirSync(join(dir, "a directory"))) assert.ok(!/tmp$/.test(entry), entry);
    });
  });
}

test("a program whose name is not UTF-8 is started under its very bytes", () => {
  inTempDir((dir) => {
    const { exe } = siteAt(dir);
    renameSync(exe, join(dir, "plain"));
    const words = sentinelWords().map((word) => `'${word}'`).join(" ");
    const { stdout, stderr } = runProcess("/bin/sh", [
      "-c",
      `name=$(printf 'a\\377b'); mv '${dir}/plain' '${dir}/'"$name"; ${words} run --data-dir '${dir}/state' -- '${dir}/'"$name"; rm '${dir}/'"$name"`,
    ]);
    assert.equal(stdout, "good\n", stderr);
  });
});
