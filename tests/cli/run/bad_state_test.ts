/** State files that are corrupt, foreign or out of bounds never stop `run`. @module */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { script, scriptName } from "../../support/scripts.ts";
import { sentinel } from "../../support/sentinel_process.ts";
import { inTempDir } from "../../support/temp.ts";

interface Place {
  readonly dir: string;
  readonly exe: string;
  readonly state: string;
}

/** A program in front of which a state file lies. */
function place(content: string | Uint8Array, use: (place: Place) => void, name = ".boot-sentinel.json"): void {
  inTempDir((dir) => {
    const exe = join(dir, scriptName("app"));
    writeFileSync(exe, script("echo served"), { mode: 0o755 });
    const state = join(dir, name);
    writeFileSync(state, content);
    use({ dir, exe, state });
  });
}

function served({ exe }: Place): string {
  const { code, stdout, stderr } = sentinel(["run", "--", exe]);
  assert.equal(stdout, "served\n", stderr);
  assert.equal(code, 0);
  return stderr;
}

const aside = (dir: string) => readdirSync(dir).filter((name) => name.includes(".corrupt-"));
const pending = (rest: string) => `{"version":"2.0.0",${rest}}`;

const CORRUPT: Record<string, string | Uint8Array> = {
  "empty": "",
  "1466 NUL bytes, as a power cut leaves them": new Uint8Array(1466),
  "half written": '{"version":"2.0.0","att',
  "UTF-16": new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]),
  "larger than any of ours": " ".repeat((1 << 20) + 1),
  "a JSON null": "null",
  "a JSON list": "[]",
  "attempts of -1": pending('"attempts":-1'),
  "attempts of 1.5": pending('"attempts":1.5'),
  'attempts of "3"': pending('"attempts":"3"'),
  "attempts of 1e309": pending('"attempts":1e309'),
  "attempts of null": pending('"attempts":null'),
};

for (const [what, content] of Object.entries(CORRUPT)) {
  test(`run serves with a sentinel file that is ${what}, sets it aside and says so once`, () => {
    place(content, (at) => {
      const stderr = served(at);
      assert.equal(stderr.match(/Cannot use/g)?.length, 1, stderr);
      assert.ok(!existsSync(at.state));
      assert.equal(aside(at.dir).length, 1);
      assert.match(
        served(at),
        /^boot-sentinel: \S+ is not protected yet[^\n]*\n$/,
        "the second boot has nothing to say of the file",
      );
    });
  });
}

for (const count of [4294967295, 9007199254740993]) {
  test(`attempts of ${count} are out of chances and saturate`, () => {
    place(pending(`"attempts":${count}`), (at) => {
      // Nothing can be put back here, so the start is slowed down; the gate itself decides at once.
      const { code, stderr } = sentinel(["check", "--exe", at.exe]);
      assert.equal(code, 0);
      assert.match(stderr, /Degraded: 2\.0\.0/);
      assert.equal(JSON.parse(readFileSync(at.state, "utf8")).attempts, 4294967295);
    });
  });
}

test("a sentinel with a byte order mark, CRLF and trailing blanks is read", () => {
  place('\ufeff{"version":"2.0.0",\r\n"attempts":1}\r\n  ', (at) => {
    assert.match(served(at), /attempt 2 of 3/);
  });
});

test("a sentinel of the first schema, without any of our keys, is read and its unknown keys are kept", () => {
  place('{"version":"2.0.0","attempts":0,"theirs":{"a":1}}', (at) => {
    assert.match(served(at), /attempt 1 of 3/);
    const { theirs, attempts } = JSON.parse(readFileSync(at.state, "utf8"));
    assert.deepEqual({ theirs, attempts }, { theirs: { a: 1 }, attempts: 1 });
  });
});

test("a sentinel of a newer schema is left byte for byte", () => {
  const content = '{"schema":99,"version":{"new":true},"attempts":"many"}';
  place(content, (at) => {
    assert.match(served(at), /schema 99/);
    assert.equal(readFileSync(at.state, "utf8"), content);
  });
});

test("an optional key of the wrong type costs nothing", () => {
  place(pending('"attempts":0,"digest":5,"armedAt":{},"failed":false'), (at) => {
    assert.match(served(at), /attempt 1 of 3/);
  });
});

test("an arming from the future is on probation like any other", () => {
  place(pending('"attempts":0,"armedAt":"2999-01-01T00:00:00.000Z"'), (at) => {
    assert.match(served(at), /attempt 1 of 3/);
    assert.equal(sentinel(["arm", "3.0.0", "--exe", at.exe]).code, 0, "nor does it look like a race");
  });
});

test("an arming from long ago has all its chances", () => {
  place(pending('"attempts":0,"armedAt":"2001-01-01T00:00:00.000Z"'), (at) => {
    assert.match(served(at), /attempt 1 of 3/);
  });
});

for (const name of [".boot-record.json", ".boot-quarantine.json", ".boot-history.jsonl", "boot-sentinel.config.json"]) {
  test(`run serves beside an empty ${name}`, () => {
    place("", (at) => {
      for (let boot = 1; boot <= 3; boot++) served(at);
    }, name);
  });
}

test("a bad record does not block the next arm, which rebuilds it", () => {
  place("{asd", (at) => {
    assert.equal(sentinel(["arm", "3.0.0", "--exe", at.exe]).code, 0);
    const record = JSON.parse(readFileSync(at.state, "utf8"));
    assert.equal(record.lastGood.path, `${at.exe}.last-good`);
  }, ".boot-record.json");
});

test("run serves with a data directory that cannot be made", () => {
  place("a file, not a directory", (at) => {
    const { code, stdout } = sentinel(["run", "--data-dir", join(at.state, "inside"), "--", at.exe]);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "served\n" });
  }, "blocked");
});

const root = process.geteuid?.() === 0;

test("run counts nothing and serves when the state directory is read-only", {
  skip: root ? "root writes everywhere" : process.platform === "win32" ? "the test locks it by its mode" : false,
}, () => {
  place(pending('"attempts":0'), (at) => {
    const dir = join(at.dir, "state");
    mkdirSync(dir);
    writeFileSync(join(dir, ".boot-sentinel.json"), pending('"attempts":0'), { mode: 0o400 });
    chmodSync(dir, 0o500);
    const { code, stdout, stderr } = sentinel(["run", "--data-dir", dir, "--", at.exe]);
    chmodSync(dir, 0o700);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "served\n" });
    assert.match(stderr, /Cannot count the attempt/);
  });
});
