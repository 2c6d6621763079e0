/** Releases: links flipped and directories removed by others, and what is changed inside. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { guardsRelease } from "../../../../src/core/builds/release/release_fs.ts";
import { MemoryFs } from "../../../../src/system/fs/memory/memory_fs.ts";
import { crashStates } from "../../../support/disk/crash_states.ts";
import { observedFs } from "../../../support/disk/outsider.ts";
import { confirmed, RELEASE_MACHINES } from "../../../support/disk/transactions.ts";
import {
  EXE,
  flip,
  freshRelease,
  layRelease,
  RELEASES,
  releaseSentinel,
  removeRelease,
  versionAt,
} from "../../../support/disk/world.ts";

const LAST_GOOD = `${EXE}.last-good`;
const DEEP = "lib/deep.js";

/** A machine on which these releases were confirmed one after the other, the last one is live. */
function released(...versions: string[]): MemoryFs {
  const fs = confirmed(RELEASE_MACHINES);
  for (const version of versions) {
    layRelease(fs, version);
    flip(fs, version);
    releaseSentinel(fs).boot();
    releaseSentinel(fs).confirmHealthy();
  }
  return fs;
}

const links = (fs: MemoryFs) => fs.entries("/app").filter(({ kind }) => kind === "link").map(({ name }) => name);
const codes = (fs: MemoryFs) => releaseSentinel(fs).status().problems.map(({ code }) => code);

test("the same content in another directory is the same build", () => {
  const fs = released();
  layRelease(fs, "1", `${RELEASES}/again`);
  flip(fs, "again");
  const outcome = releaseSentinel(fs).boot();
  assert.equal(outcome.kind === "proceed" && outcome.state, "steady");
});

test("a steady boot looks at the link and its directory alone", () => {
  const fs = released();
  const calls = new Set<string>();
  const seen = observedFs(fs, { before: (verb, [path]) => void calls.add(`${verb} ${path}`) });
  assert.equal(releaseSentinel(seen).boot().kind, "proceed");
  assert.deepEqual([...calls].filter((call) => call.includes("/app")), ["resolve /app", `info ${EXE}`]);
});

test("a rollback at a boot reads no release", () => {
  const fs = released();
  layRelease(fs, "2");
  flip(fs, "2");
  for (let boot = 1; boot <= 3; boot++) releaseSentinel(fs).boot();
  const read: string[] = [];
  const seen = observedFs(fs, { before: (verb) => void (verb === "tree" && read.push(verb)) });
  assert.equal(releaseSentinel(seen).boot().kind, "rolledBack");
  assert.deepEqual(read, []);
});

test("what is laid and confirmed at once is whole after a power cut, its name too", () => {
  const fs = new MemoryFs();
  for (const folder of ["/app", "/state"]) fs.put(`${folder}/keep`, "");
  fs.makeDurable();
  layRelease(fs, "1");
  fs.symlink("releases/1", EXE);
  releaseSentinel(fs).confirmHealthy();
  const done = fs.mark();
  let states = 0;
  for (const { fs: left } of crashStates(fs, { from: done })) {
    states++;
    assert.equal(versionAt(left, LAST_GOOD), "1");
  }
  assert.ok(states > 0);
});

test("last-good's directory is removed: status says exposed at once, and an older release takes its place", () => {
  const fs = released("2");
  layRelease(fs, "3");
  flip(fs, "3");
  releaseSentinel(fs).boot();
  removeRelease(fs, "2");
  assert.deepEqual(codes(fs), ["last-good-missing"]);
  assert.equal(releaseSentinel(fs).status().state, "probation", "release 1 can be put back");
  removeRelease(fs, "1");
  assert.equal(releaseSentinel(fs).status().state, "exposed");
  layRelease(fs, "1");
  for (let boot = 0; boot < 3; boot++) releaseSentinel(fs).boot();
  assert.deepEqual([versionAt(fs, EXE), versionAt(fs, LAST_GOOD)], ["1", "1"]);
});

test("links to releases that were removed go with the next confirm", () => {
  const fs = released("2");
  removeRelease(fs, "1");
  layRelease(fs, "3");
  flip(fs, "3");
  releaseSentinel(fs).boot();
  releaseSentinel(fs).confirmHealthy();
  const kept = links(fs).filter((name) => name !== "service");
  assert.deepEqual(kept.map((name) => versionAt(fs, `/app/${name}`)).sort(), ["2", "3"]);
});

test("the live release is removed: the next boot puts last-good back at once", () => {
  const fs = released();
  layRelease(fs, "2");
  flip(fs, "2");
  removeRelease(fs, "2");
  assert.ok(guardsRelease(fs, EXE));
  assert.equal(releaseSentinel(fs).status().state, "degraded");
  assert.equal(releaseSentinel(fs).boot().kind, "rolledBack");
  assert.equal(versionAt(fs, EXE), "1");
});

test("a directory in the place of the link is told, and nothing is done to it", () => {
  const fs = released();
  fs.remove(EXE);
  layRelease(fs, "3", EXE);
  assert.ok(guardsRelease(fs, EXE));
  const log: string[] = [];
  const outcome = releaseSentinel(fs, log).boot();
  assert.equal(outcome.kind === "proceed" && outcome.state, "degraded");
  assert.match(log.join("\n"), /Degraded/);
  const { manifest } = fs.tree(EXE, 10);
  layRelease(fs, "3");
  assert.equal(manifest, fs.tree(`${RELEASES}/3`, 10).manifest);
  assert.equal(versionAt(fs, LAST_GOOD), "1");
  const { problems } = releaseSentinel(fs).status();
  assert.match(
    problems.map(({ text, advice }) => `${text}: ${advice}`).join("\n"),
    /is a directory, and no link.*boot-sentinel adopt/,
  );
});

test("a link that leads to another link: last-good leads to the directory, and the other link stays", () => {
  const fs = freshRelease();
  fs.remove(EXE);
  fs.symlink("releases/1", "/app/stable");
  fs.symlink("stable", EXE);
  releaseSentinel(fs).confirmHealthy();
  layRelease(fs, "2");
  flip(fs, "2", "/app/stable");
  assert.equal(versionAt(fs, LAST_GOOD), "1");
  for (let boot = 0; boot < 4; boot++) releaseSentinel(fs).boot();
  assert.deepEqual([versionAt(fs, EXE), versionAt(fs, "/app/stable")], ["1", "2"]);
});

test("two links to one release have two states", () => {
  const fs = released();
  const stable = "/app/service.stable";
  fs.symlink("releases/1", stable);
  const other = (log: string[] = []) => releaseSentinel(fs, log, { exe: stable, dataDir: "/state2" });
  other().confirmHealthy();
  layRelease(fs, "2");
  for (const link of [EXE, stable]) flip(fs, "2", link);
  releaseSentinel(fs).boot();
  other().boot();
  releaseSentinel(fs).rollback();
  assert.deepEqual([versionAt(fs, EXE), versionAt(fs, stable)], ["1", "2"]);
  assert.deepEqual([releaseSentinel(fs).quarantinedVersions().length, other().quarantinedVersions().length], [1, 0]);
  other().confirmHealthy();
  assert.deepEqual([versionAt(fs, `${stable}.last-good`), versionAt(fs, LAST_GOOD)], ["2", "1"]);
});

test("what is changed deep inside of last-good is found by a rollback by hand, not by a boot", () => {
  const edited = () => {
    const fs = released();
    layRelease(fs, "2");
    flip(fs, "2");
    for (let boot = 0; boot < 3; boot++) releaseSentinel(fs).boot();
    fs.writeInPlace(`${RELEASES}/1/${DEEP}`, "edited");
    return fs;
  };
  const fs = edited();
  assert.throws(() => releaseSentinel(fs).rollback(), { name: "SentinelError", code: "noLastGood" });
  assert.equal(fs.linkTarget(EXE), "releases/2");
  assert.equal(releaseSentinel(edited()).boot().kind, "rolledBack");
});

test("what is changed inside of the live release is no build that a confirm takes; the next boot has it on probation", () => {
  const fs = released();
  fs.writeInPlace(`${RELEASES}/1/${DEEP}`, "edited");
  const boot = () => {
    const outcome = releaseSentinel(fs).boot();
    return outcome.kind === "proceed" && outcome.state;
  };
  assert.equal(boot(), "steady");
  assert.equal(releaseSentinel(fs).confirmHealthy().kind, "notLive");
  assert.equal(boot(), "probation");
  assert.equal(releaseSentinel(fs).confirmHealthy().kind, "promoted");
  assert.equal(boot(), "steady");
});

test("with --check-files a change inside is on probation at the next boot", () => {
  const fs = freshRelease();
  const sentinel = () => releaseSentinel(fs, [], {}, true);
  const boot = () => {
    const outcome = sentinel().boot();
    return outcome.kind === "proceed" && outcome.state;
  };
  sentinel().confirmHealthy();
  const read: string[] = [];
  const seen = observedFs(fs, { before: (verb) => void (["tree", "digest"].includes(verb) && read.push(verb)) });
  assert.equal(releaseSentinel(seen, [], {}, true).boot().kind, "proceed");
  assert.deepEqual(read, [], "a steady boot only walks");
  fs.writeInPlace(`${RELEASES}/1/${DEEP}`, "edited");
  assert.equal(boot(), "probation");
  assert.equal(sentinel().confirmHealthy().kind, "promoted");
  assert.equal(boot(), "steady");
});

test("when --check-files is turned on, the next boot reads the release once, and it is the same", () => {
  const fs = released();
  for (const trees of [1, 0]) {
    let read = 0;
    const seen = observedFs(fs, { before: (verb) => void (verb === "tree" && read++) });
    const outcome = releaseSentinel(seen, [], {}, true).boot();
    assert.deepEqual([outcome.kind === "proceed" && outcome.state, read], ["steady", trees]);
  }
});
