/** The status tells the truth: what a rollback could do now, and what the next boot does. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fs, FsError } from "../../src/core/ports.ts";
import type { Status } from "../../src/core/status.ts";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { observedFs } from "../support/disk/outsider.ts";
import { confirmedMachine, DATA, EXE, freshMachine, sentinelOver, swapIn, versionAt } from "../support/disk/world.ts";

const LAST_GOOD = `${EXE}.last-good`;

const codes = ({ problems }: Status) => problems.map(({ code }) => code);
const told = (fs: Fs) => {
  const status = sentinelOver(fs).status();
  return [status.state, ...codes(status)];
};

/** Build 2 is swapped in and has booted `boots` times. */
function onProbation(boots: number): MemoryFs {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  for (let boot = 1; boot <= boots; boot++) sentinelOver(fs).boot();
  return fs;
}

/** Nobody can write the program's folder. */
function frozen(fs: MemoryFs): MemoryFs {
  fs.options = { ...fs.options, readOnly: ["/app"] };
  return fs;
}

test("a machine on which nothing was confirmed is exposed, and the first confirm ends that", () => {
  const fs = freshMachine();
  const [problem] = sentinelOver(fs).status().problems;
  assert.deepEqual(told(fs), ["exposed", "not-protected-yet"]);
  assert.match(problem?.text ?? "", /not protected yet: .* the first confirm makes it/);
  assert.equal(problem?.advice, "confirm once a good build runs");
  sentinelOver(fs).confirmHealthy();
  assert.deepEqual(told(fs), ["steady"]);
});

const LOSSES: readonly (readonly [what: string, code: string, lose: (fs: MemoryFs) => void])[] = [
  ["missing", "last-good-missing", (fs) => fs.remove(LAST_GOOD)],
  ["damaged", "last-good-unusable", (fs) => fs.writeInPlace(LAST_GOOD, "torn")],
  ["not executable", "last-good-unusable", (fs) => fs.chmod(LAST_GOOD, 0o644)],
  ["in a folder that cannot be written", "cannot-be-put-back", frozen],
  ["not to be put at a mount point", "cannot-be-put-back", (fs) => void (fs.options = { mounts: [EXE] })],
];
for (const [what, code, lose] of LOSSES) {
  test(`a last-good that is ${what} exposes a steady program and one on probation`, () => {
    const steady = confirmedMachine();
    lose(steady);
    assert.deepEqual(told(steady), ["exposed", code]);
    const fs = onProbation(2);
    for (const path of Object.keys(fs.texts())) if (path.includes(".gen-")) fs.remove(path);
    lose(fs);
    assert.deepEqual(told(fs), ["exposed", code]);
    assert.deepEqual(sentinelOver(fs).status().pending, { version: "2", attempts: 2, maxAttempts: 3 });
  });
}

test("a build that was put back is exposed when it could not be put back again", () => {
  const fs = onProbation(4);
  assert.deepEqual(told(fs), ["rolled-back"]);
  assert.deepEqual(told(frozen(fs)), ["exposed", "cannot-be-put-back"]);
});

for (const [what, code, lose] of LOSSES.slice(0, 3)) {
  test(`an older build that would be put back instead of a last-good that is ${what} protects as well`, () => {
    const fs = onProbation(3);
    lose(fs);
    const status = sentinelOver(fs).status();
    assert.deepEqual(told(fs), ["probation", code]);
    assert.match(status.problems[0]?.text ?? "", /; the older build .* would be put back instead/);
    assert.equal(sentinelOver(fs).boot().kind, "rolledBack");
    assert.equal(versionAt(fs, EXE), "1");
  });
}

test("a state that the gate must not touch exposes the program", () => {
  const fs = confirmedMachine();
  fs.put(`${DATA}/.boot-sentinel.json`, '{"schema":99}', 0o600);
  assert.deepEqual(told(fs), ["exposed", "state-unusable"]);
});

test("a bad build that cannot be replaced is degraded, and its attempts stay at the maximum", () => {
  const fs = onProbation(3);
  frozen(fs);
  for (let boot = 4; boot <= 6; boot++) sentinelOver(fs).boot();
  const { pending } = sentinelOver(fs).status();
  assert.deepEqual(told(fs), ["degraded", "cannot-be-put-back", "degraded"]);
  assert.deepEqual(pending, { version: "2", attempts: 3, maxAttempts: 3 });
  assert.equal(JSON.parse(fs.texts()[`${DATA}/.boot-sentinel.json`] ?? "").attempts, 6, "the count itself goes on");
  const events = sentinelOver(fs).history();
  assert.ok(events.some(({ event }) => event === "degraded"));
  for (const { attempts = 0, reason = "" } of events) {
    assert.ok(attempts <= 3, `${attempts}`);
    assert.doesNotMatch(reason, /[4-9] boots/);
  }
});

test("a rollback is told with the boots that the build got, in history and quarantine", () => {
  const fs = onProbation(4);
  assert.equal(sentinelOver(fs).history().at(-1)?.attempts, 3);
  assert.deepEqual(sentinelOver(fs).status().quarantined.map(({ attempts }) => attempts), [3]);
});

for (
  const [what, lose] of [
    ["missing", (fs: MemoryFs) => fs.remove(EXE)],
    ["empty", (fs: MemoryFs) => fs.replace(EXE, "")],
    ["not executable", (fs: MemoryFs) => fs.chmod(EXE, 0o644)],
  ] as const
) {
  test(`a program that is ${what} while nothing is pending is degraded, and the next boot is told`, () => {
    const fs = confirmedMachine();
    lose(fs);
    const next = () => sentinelOver(fs).status().problems.find(({ code }) => code === "program-unstartable")?.advice;
    assert.deepEqual(told(fs), ["degraded", "program-unstartable"]);
    assert.equal(next(), "the next boot puts last-good back");
    frozen(fs);
    assert.equal(next(), "the next boot starts last-good from where it lies");
    const outcome = sentinelOver(fs).boot();
    assert.equal(outcome.kind === "proceed" && outcome.standIn, LAST_GOOD);
    fs.options = {};
    fs.remove(LAST_GOOD);
    assert.equal(next(), "install a good build: the next boot has nothing to put back");
    assert.equal(told(fs)[0], "degraded");
  });
}

test("a build that was declared bad is told with its reason", () => {
  const fs = onProbation(1);
  sentinelOver(fs).fail("cannot log in");
  const { state, pending } = sentinelOver(fs).status();
  assert.deepEqual([state, pending?.failed], ["probation", "cannot log in"]);
  assert.equal(told(frozen(fs))[0], "degraded");
});

for (const name of [".boot-sentinel.json", ".boot-record.json", ".boot-quarantine.json", "service.last-good"]) {
  test(`who may not read ${name} is told nothing else`, () => {
    const fs = onProbation(1);
    sentinelOver(fs).quarantine("7");
    const denied = observedFs(fs, {
      before(verb, [path]) {
        const isAsked = verb === "read" || verb === "info";
        if (isAsked && String(path).endsWith(name)) throw new FsError("denied", verb, String(path));
      },
    });
    assert.deepEqual(told(denied), ["unseen", "cannot-see"]);
    assert.match(
      sentinelOver(denied).status().problems[0]?.advice ?? "",
      /^use sudo: run this as root, or as the owner/,
    );
  });
}

test("no boot asks whether the program could be replaced", () => {
  const refuse = (verb: string) => assert.notEqual(verb, "replaceFault");
  const fs = onProbation(0);
  for (let boot = 1; boot <= 5; boot++) sentinelOver(observedFs(fs, { before: refuse })).boot();
  assert.equal(sentinelOver(fs).status().state, "rolled-back");
});
