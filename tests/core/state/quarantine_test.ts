/** Which builds the quarantine holds, and what its file keeps. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { crashStates } from "../../support/disk/crash_states.ts";
import { build, confirmedMachine, DATA, EXE, sentinelOver, swapIn, versionAt } from "../../support/disk/world.ts";

const FILE = `${DATA}/.boot-quarantine.json`;
const [ONE, OTHER] = ["1".repeat(64), "2".repeat(64)];

/** A machine with a quarantine file. */
function machineWith(quarantine: unknown): MemoryFs {
  const fs = confirmedMachine();
  fs.put(FILE, JSON.stringify(quarantine), 0o600);
  return fs;
}

const contentOf = (fs: MemoryFs) => JSON.parse(fs.texts()[FILE] ?? "null");
const eventsOf = (fs: MemoryFs) => sentinelOver(fs).history().map(({ event }) => event);

test("nothing is quarantined where there is no file", () => {
  const sentinel = sentinelOver(confirmedMachine());
  assert.deepEqual([sentinel.isQuarantined("2"), sentinel.quarantinedVersions()], [false, []]);
});

test("a version is held under all its spellings, and told in its normal form", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).quarantine(" v2.0.0\n");
  assert.ok(sentinelOver(fs).isQuarantined("2.0.0"));
  assert.ok(sentinelOver(fs).isQuarantined("V2.0.0"));
  assert.deepEqual(sentinelOver(fs).quarantinedVersions(), ["2.0.0"]);
});

test("a version without a digest holds every rebuild of it", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).quarantine("2");
  assert.ok(sentinelOver(fs).isQuarantined("2", { digest: ONE }));
});

test("a version with a digest holds those bytes under any version", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).quarantine("2", { digest: ONE });
  assert.ok(sentinelOver(fs).isQuarantined("3", { digest: ONE }));
  assert.ok(!sentinelOver(fs).isQuarantined("3"));
});

test("a version with a digest lets a rebuild pass, and holds the version when nobody says which bytes", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).quarantine("2", { digest: ONE });
  assert.ok(!sentinelOver(fs).isQuarantined("2", { digest: OTHER }));
  assert.ok(sentinelOver(fs).isQuarantined("2"));
});

test("versions are told oldest first, each once", () => {
  const fs = confirmedMachine();
  for (const version of ["3", "2", "v3", "1"]) sentinelOver(fs).quarantine(version);
  assert.deepEqual(sentinelOver(fs).quarantinedVersions(), ["3", "2", "1"]);
});

test("a build that is held again has the details of the last time, once", () => {
  const fs = confirmedMachine();
  for (const reason of ["slow", "loses orders"]) sentinelOver(fs).quarantine("2", { digest: ONE, reason });
  const entries = sentinelOver(fs).status().quarantined;
  assert.deepEqual(entries.map(({ version, digest, reason }) => [version, digest, reason]), [
    ["2", ONE, "loses orders"],
  ]);
});

test("to hold and to free are events; to free what is not held is none", () => {
  const fs = confirmedMachine();
  const before = eventsOf(fs).length;
  sentinelOver(fs).quarantine("2");
  assert.equal(sentinelOver(fs).clearQuarantine("v2"), true);
  assert.equal(sentinelOver(fs).clearQuarantine("2"), false);
  assert.deepEqual(eventsOf(fs).slice(before), ["quarantined", "cleared"]);
});

test("a version is freed with all its digests", () => {
  const fs = confirmedMachine();
  for (const digest of [ONE, OTHER]) sentinelOver(fs).quarantine("2", { digest });
  assert.ok(sentinelOver(fs).clearQuarantine("2"));
  assert.ok(!sentinelOver(fs).isQuarantined("2"));
  assert.ok(!sentinelOver(fs).isQuarantined("3", { digest: ONE }));
});

test("a digest is freed alone, the version with its last digest", () => {
  const fs = confirmedMachine();
  for (const digest of [ONE, OTHER]) sentinelOver(fs).quarantine("2", { digest });
  assert.ok(sentinelOver(fs).clearQuarantine("2", { digest: ONE }));
  assert.ok(!sentinelOver(fs).isQuarantined("2", { digest: ONE }));
  assert.ok(sentinelOver(fs).isQuarantined("2", { digest: OTHER }));
  assert.ok(sentinelOver(fs).clearQuarantine("2", { digest: OTHER }));
  assert.deepEqual(sentinelOver(fs).quarantinedVersions(), []);
});

test("a digest that is not held frees nothing", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).quarantine("2", { digest: ONE });
  const before = fs.texts()[FILE];
  assert.equal(sentinelOver(fs).clearQuarantine("2", { digest: OTHER }), false);
  assert.equal(fs.texts()[FILE], before);
});

test("a digest frees nothing of a version that is held whatever its bytes are", () => {
  const fs = machineWith({ versions: ["2"] });
  assert.equal(sentinelOver(fs).clearQuarantine("2", { digest: ONE }), false);
  assert.ok(sentinelOver(fs).isQuarantined("2"));
});

test("an entry belongs to its version, however the file spells either", () => {
  const entry = { version: "V2", digest: ONE, reason: "slow", attempts: 4, time: "" };
  const sentinel = sentinelOver(machineWith({ versions: [" v2"], entries: [entry] }));
  assert.deepEqual(sentinel.status().quarantined, [entry]);
});

test("a version of the reference's file, which has no entries, is held, and its details are empty", () => {
  const fs = machineWith({ versions: ["2"] });
  assert.ok(sentinelOver(fs).isQuarantined("2", { digest: ONE }));
  assert.deepEqual(sentinelOver(fs).status().quarantined, [{ version: "2", reason: "unknown", attempts: 0, time: "" }]);
});

test("an entry whose version the reference has freed holds nothing, not even its bytes", () => {
  const entry = { version: "2", digest: ONE, reason: "", attempts: 4, time: "" };
  const sentinel = sentinelOver(machineWith({ versions: [], entries: [entry] }));
  assert.ok(!sentinel.isQuarantined("2"));
  assert.ok(!sentinel.isQuarantined("2", { digest: ONE }));
});

test("keys of other programs stay in the file and in its entries", () => {
  const entry = { version: "2", reason: "", attempts: 4, time: "", ticket: 77 };
  const fs = machineWith({ versions: ["2"], entries: [entry], site: "north" });
  sentinelOver(fs).quarantine("3");
  sentinelOver(fs).clearQuarantine("3");
  assert.equal(contentOf(fs).site, "north");
  assert.equal(contentOf(fs).entries[0].ticket, 77);
});

test("a file that is no quarantine counts as empty, and that is said", () => {
  const fs = confirmedMachine();
  fs.put(FILE, "{torn", 0o600);
  const log: string[] = [];
  assert.ok(!sentinelOver(fs, log).isQuarantined("2"));
  assert.ok(log.some((line) => line.includes(FILE)));
});

test("a file that is no quarantine is kept under another name when a build is held", () => {
  const fs = confirmedMachine();
  fs.put(FILE, "{torn", 0o600);
  sentinelOver(fs).quarantine("2");
  assert.deepEqual(contentOf(fs).versions, ["2"]);
  const kept = Object.entries(fs.texts()).filter(([path]) => path.startsWith(`${FILE}.corrupt-`));
  assert.deepEqual(kept.map(([, text]) => text), ["{torn"]);
});

for (
  const [what, put] of [
    ["a newer program's", (fs: MemoryFs) => fs.put(FILE, '{"schema":99,"versions":[]}', 0o600)],
    ["a file that others can write", (fs: MemoryFs) => fs.put(FILE, '{"versions":[]}', 0o666)],
    ["a folder", (fs: MemoryFs) => fs.makeDirectory(FILE)],
  ] as const
) {
  test(`while the quarantine is ${what}, no question is answered and nothing is changed`, () => {
    const fs = confirmedMachine();
    put(fs);
    const before = fs.texts();
    const sentinel = sentinelOver(fs);
    for (
      const act of [
        () => sentinel.isQuarantined("2"),
        () => sentinel.quarantinedVersions(),
        () => sentinel.quarantine("2"),
      ]
    ) assert.throws(act, { name: "SentinelError", code: "untouchable" });
    assert.deepEqual(fs.texts(), before);
  });
}

test("what was freed stays free through a power cut", () => {
  const fs = machineWith({ versions: ["2"] });
  fs.makeDurable();
  sentinelOver(fs).clearQuarantine("2");
  for (const { fs: left, note } of crashStates(fs, { from: fs.mark() })) {
    assert.ok(!sentinelOver(left).isQuarantined("2"), note);
  }
});

test("a confirm frees the suspect builds, and no other of the same version", () => {
  const entry = { version: "2", reason: "", attempts: 4, time: "" };
  const entries = [
    { ...entry, digest: ONE, doubtful: true },
    { ...entry, digest: OTHER },
    { ...entry, version: "3", doubtful: true },
  ];
  const fs = machineWith({ versions: ["2", "3"], entries });
  sentinelOver(fs).confirmHealthy();
  assert.deepEqual(sentinelOver(fs).quarantinedVersions(), ["2"]);
  assert.ok(!sentinelOver(fs).isQuarantined("2", { digest: ONE }));
  assert.ok(sentinelOver(fs).isQuarantined("2", { digest: OTHER }));
});

/** Build 1 is back, and build 2, which had to go, could not be written to the quarantine. */
function pendingMachine(): MemoryFs {
  const fs = confirmedMachine();
  const digest = fs.digest(EXE);
  swapIn(fs, "2");
  const path = `${DATA}/.boot-sentinel.json`;
  const sentinel = { ...JSON.parse(fs.texts()[path] ?? ""), attempts: 4, owedQuarantine: true };
  fs.replace(path, JSON.stringify(sentinel));
  fs.replace(EXE, build("1"));
  assert.equal(fs.digest(EXE), digest);
  return fs;
}

test("a build that a full disk kept out of the quarantine is held all the same", () => {
  const sentinel = sentinelOver(pendingMachine());
  assert.ok(sentinel.isQuarantined("2"));
  assert.deepEqual(sentinel.status().quarantined.map(({ version, attempts }) => [version, attempts]), [["2", 3]]);
});

for (
  const [what, act] of [
    ["boot", (fs: MemoryFs) => void sentinelOver(fs).boot()],
    ["arm", (fs: MemoryFs) => sentinelOver(fs).armForSwap(EXE, "3")],
    ["confirm", (fs: MemoryFs) => void sentinelOver(fs).confirmHealthy()],
    ["swap", (fs: MemoryFs) => swapIn(fs, "3")],
  ] as const
) {
  test(`a build that a full disk kept out of the quarantine is written by the next ${what}`, () => {
    const fs = pendingMachine();
    act(fs);
    assert.deepEqual(contentOf(fs).versions, ["2"]);
  });
}

test("quarantined bytes that come back without an arm are put away at their first boot, under any version", () => {
  const fs = confirmedMachine();
  fs.put("/tmp/bad", build("2"));
  sentinelOver(fs).quarantine("7", { digest: fs.digest("/tmp/bad") });
  fs.replace(EXE, build("2"));
  const outcome = sentinelOver(fs).boot();
  assert.deepEqual([outcome.kind, versionAt(fs, EXE)], ["rolledBack", "1"]);
});
