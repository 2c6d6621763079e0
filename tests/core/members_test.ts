/** A build's other files go and come back with it. @module */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { filesLeft, removeLeft } from "../../src/service/install/leave.ts";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import {
  confirmed,
  edited,
  LIMITS,
  MEMBERS,
  NEW,
  OLD,
  onProbation,
  SAVED,
  sentinel,
  TOML,
  versions,
} from "../support/disk/members.ts";
import { observedFs } from "../support/disk/outsider.ts";
import { build, confirmedMachine, DATA, DOWNLOAD, EXE, sentinelOver } from "../support/disk/world.ts";

test("what is edited before an update comes back after it; what is edited after it is kept aside, and told", () => {
  const fs = edited(confirmed());
  sentinel(fs).swap(DOWNLOAD, "2", { members: NEW });
  assert.equal(versions(fs), "2, of 2, of 2");
  assert.equal(fs.texts()[SAVED], undefined, "what last-good keeps needs no second copy");
  fs.put(TOML, "edited again");
  const log: string[] = [];
  sentinel(fs, log).rollback();
  assert.equal(versions(fs), "1, edited, none");
  assert.equal(fs.texts()[SAVED], "edited again");
  assert.match(log.join("\n"), /app\.toml was changed by somebody, and is kept as .*app\.toml\.boot-sentinel-saved/);
  assert.match(sentinel(fs).history().at(-1)?.reason ?? "", /kept as .*; systemd has to read its unit files again/);
});

test("a second edit does not overwrite the first one that was kept aside", () => {
  const fs = confirmed();
  for (const text of ["first edit", "second edit"]) {
    fs.put(DOWNLOAD, build(text === "first edit" ? "2" : "3"), 0o755);
    sentinel(fs).swap(DOWNLOAD, text, { members: NEW });
    fs.put(TOML, text);
    sentinel(fs).rollback();
  }
  const kept = Object.entries(fs.texts()).filter(([path]) => path.startsWith(SAVED)).map(([, text]) => text);
  assert.deepEqual(kept, ["first edit", "second edit"]);
});

test("an edit of a member that the next update does not bring is kept aside at the rollback of that", () => {
  const fs = onProbation(1);
  edited(fs);
  fs.put(DOWNLOAD, build("3"), 0o755);
  sentinel(fs).swap(DOWNLOAD, "3");
  assert.equal(versions(fs), "3, edited, of 2");
  sentinel(fs).rollback();
  assert.equal(versions(fs), OLD);
  assert.equal(fs.texts()[SAVED], "edited");
});

test("members that were put back have their mode, and a new one takes that of its file", () => {
  const fs = onProbation(0);
  assert.deepEqual([fs.info(TOML).mode, fs.info(LIMITS).mode], [0o640, 0o644]);
  const stateOf = () => sentinel(fs).status().members?.[0]?.state;
  assert.equal(stateOf(), "own");
  fs.chmod(TOML, 0o777);
  assert.equal(stateOf(), "changed");
  fs.put(TOML, "of 1", 0o777);
  sentinel(fs).rollback();
  assert.equal(fs.info(TOML).mode, 0o640);
});

test("a program that was only lost comes back without its members, which its operator may have edited", () => {
  const fs = edited(confirmed());
  fs.remove(EXE);
  assert.equal(sentinel(fs).boot().kind, "rolledBack");
  assert.equal(versions(fs), "1, edited, none");
});

test("a build of somebody else is put back with the members of last-good", () => {
  const fs = confirmed();
  fs.put(TOML, "of 2", 0o640);
  fs.replace(EXE, build("2"), 0o755);
  for (let boot = 0; boot < 4; boot++) sentinel(fs).boot();
  assert.equal(versions(fs), OLD);
  assert.equal(fs.texts()[SAVED], "of 2", "whose it is is not known");
});

test("a kept member that is damaged is told, and the others are put back all the same", () => {
  const fs = onProbation(1);
  for (const path of Object.keys(fs.texts())) if (path.startsWith(`${DATA}/.boot-members/`)) fs.put(path, "rotten");
  const log: string[] = [];
  sentinel(fs, log).rollback();
  assert.equal(versions(fs), "1, of 2, none");
  assert.match(log.join("\n"), /app\.toml of .* cannot be put back: its copy .* is lost or damaged/);
});

test("what cannot be a member is refused by swap, before anything is changed", () => {
  const fs = confirmed();
  fs.put("/tmp/new", "new");
  fs.symlink("/tmp/new", "/etc/link");
  const refused: [path: string, why: RegExp][] = [
    [EXE, /is the guarded program/],
    [`${EXE}.last-good`, /belongs to the builds of/],
    [`${EXE}.rollback-bak`, /belongs to the builds of/],
    [`${EXE}.gen-0123456789ab`, /belongs to the builds of/],
    [`${EXE}.boot-sentinel`, /belongs to the builds of/],
    ["/etc/boot-sentinel/app.json", /is boot-sentinel's own file/],
    ["/etc/systemd/system/app.service.d/50-boot-sentinel.conf", /is boot-sentinel's own file/],
    [`${DATA}/.boot-members/0123abcd`, /belongs to the state/],
    [`${EXE}/app.toml`, /lies in the release/],
    [`${DATA}/.boot-record.json`, /belongs to the state/],
    ["/etc/link", /is a symbolic link/],
    ["/etc/app", /is not a regular file/],
    ["/none/app.toml", /\/none does not exist/],
  ];
  const before = fs.texts();
  for (const [path, why] of refused) {
    const swap = () =>
      sentinelOver(fs, [], { members: [path] }).swap(DOWNLOAD, "2", { members: { [path]: "/tmp/new" } });
    assert.throws(swap, why, path);
  }
  assert.throws(() => sentinel(fs).swap(DOWNLOAD, "2", { members: { "/etc/other": "/tmp/new" } }), /is no member/);
  assert.throws(() => sentinel(fs).swap(DOWNLOAD, "2", { members: { [TOML]: "/tmp/none" } }), /is not a file/);
  const isState = (path: string) => path.includes(".boot-history");
  const kept = (texts: Record<string, string>) => Object.entries(texts).filter(([path]) => !isState(path));
  assert.deepEqual(kept(fs.texts()), kept(before));
});

test("a file above 16 MiB is neither brought as a member nor kept as one; last-good's is put back over it", () => {
  const fs = onProbation(1);
  fs.put("/tmp/large", new Uint8Array((16 << 20) + 1));
  fs.put(DOWNLOAD, build("3"), 0o755);
  const swap = () => sentinel(fs).swap(DOWNLOAD, "3", { members: { [TOML]: "/tmp/large" } });
  assert.throws(swap, /\/tmp\/large is larger than 16 MiB; nothing was changed/);
  assert.equal(versions(fs), "2, of 2, of 2");
  fs.put(TOML, new Uint8Array((16 << 20) + 1), 0o640);
  assert.match(sentinel(fs).status().problems[0]?.text ?? "", /cannot be kept: .* is larger than 16 MiB/);
  sentinel(fs).rollback();
  assert.equal(versions(fs), OLD);
});

test("commands that do not name last-good's members keep their copies", () => {
  const fs = confirmed();
  sentinelOver(fs).confirmHealthy();
  sentinelOver(fs).swap(DOWNLOAD, "2");
  edited(fs);
  sentinel(fs).rollback();
  assert.equal(versions(fs), OLD);
  sentinelOver(fs, [], { members: [LIMITS] }).confirmHealthy();
  fs.put(DOWNLOAD, build("3"), 0o755);
  sentinelOver(fs, [], { members: [LIMITS] }).swap(DOWNLOAD, "3");
  edited(fs);
  sentinel(fs).rollback();
  assert.equal(versions(fs), OLD);
});

test("members that are not named are told by the rollback that leaves them, and by the confirm without them", () => {
  const fs = onProbation(1);
  const log: string[] = [];
  sentinelOver(fs, log).rollback();
  assert.equal(versions(fs), "1, of 2, of 2");
  assert.match(log.join("\n"), /app\.toml stays as it is: it went with .*, and is not named; add --with /);
  fs.put(DOWNLOAD, build("3"), 0o755);
  sentinelOver(fs).swap(DOWNLOAD, "3");
  sentinelOver(fs, log).confirmHealthy();
  assert.match(log.at(-1) ?? "", /limits\.conf went with .*, and is not named: 3 is kept without it; if it belongs/);
});

const skip = process.platform === "win32" ? "a path without a drive is not absolute there" : false;

test("a member is one, however its path is written", { skip }, () => {
  const fs = confirmed();
  const written = sentinelOver(fs, [], { members: ["/etc/app/../app//app.toml", TOML, LIMITS] });
  assert.deepEqual(written.status().members?.map(({ path }) => path), MEMBERS);
  written.swap(DOWNLOAD, "2", { members: { "/etc//app/app.toml": "/tmp/app.toml" } });
  assert.equal(versions(fs), "2, of 2, none");
});

test("what somebody wrote is kept aside whatever lies at the names for it", () => {
  const fs = edited(onProbation(1));
  fs.put(`${SAVED}/directory`, "");
  const digest = fs.digest(TOML);
  fs.symlink("/tmp/app.toml", `${SAVED}-${digest.slice(0, 12)}`);
  sentinel(fs).rollback();
  assert.equal(versions(fs), OLD);
  assert.equal(fs.texts()[`${SAVED}-${digest.slice(0, 12)}-2`], "edited");
});

test("the program's own bytes with other members are no update", () => {
  const fs = confirmed();
  fs.put(DOWNLOAD, build("1"), 0o755);
  assert.throws(() => sentinel(fs).swap(DOWNLOAD, "1", { members: NEW }), /new members alone are no update/);
  assert.equal(versions(fs), OLD);
});

test("an intent of a state file leads to no file that is not a member", () => {
  const fs = onProbation(0);
  const path = `${DATA}/.boot-record.json`;
  const record = JSON.parse(fs.texts()[path] ?? "{}");
  const { digest } = sentinel(fs).status().live;
  fs.put("/etc/passwd.swap-tmp-12345678", "root:");
  fs.put("/etc/passwd", "kept");
  const members = [
    { path: "/etc/passwd", digest: "1", stage: "/etc/passwd.swap-tmp-12345678" },
    { path: TOML, digest: "2", stage: "/etc/passwd" },
  ];
  fs.put(path, JSON.stringify({ ...record, intent: { digest, members } }));
  sentinel(fs).boot();
  assert.deepEqual([fs.texts()["/etc/passwd"], fs.texts()[TOML]], ["kept", "of 2"]);
});

test("a steady boot with members does what one without does; a program without members has nothing of them", () => {
  const calls = (fs: MemoryFs, members?: readonly string[]) => {
    const seen: string[] = [];
    const observed = observedFs(fs, { before: (verb, args) => void seen.push(`${verb} ${args[0]}`) });
    sentinelOver(observed, [], { members }).boot();
    return seen;
  };
  const plain = confirmedMachine();
  assert.deepEqual(calls(confirmed(), MEMBERS), calls(plain));
  sentinelOver(plain).swap(DOWNLOAD, "2");
  sentinelOver(plain).confirmHealthy();
  assert.equal(Object.keys(plain.texts()).some((path) => path.includes("members")), false);
  assert.doesNotMatch(plain.texts()[`${DATA}/.boot-record.json`] ?? "", /members|intent|reload/);
});

test("copies of members that no kept build has are removed at a confirm", () => {
  const fs = confirmed();
  for (const version of ["2", "3", "4", "5"]) {
    fs.put(DOWNLOAD, build(version), 0o755);
    fs.put("/tmp/app.toml", `of ${version}`);
    sentinel(fs).swap(DOWNLOAD, version, { members: NEW });
    sentinel(fs).confirmHealthy();
  }
  const kept = Object.entries(fs.texts()).filter(([path]) => path.startsWith(`${DATA}/.boot-members/`));
  assert.deepEqual([...new Set(kept.map(([, text]) => text))].sort(), ["of 2", "of 3", "of 4", "of 5"]);
  assert.equal(kept.length, 6, "two of each of three builds");
});

test("a service that is purged leaves no copy of its members", () => {
  const fs = confirmed();
  fs.remove(`${DATA}/keep`);
  assert.deepEqual(removeLeft(fs, filesLeft(fs, EXE, DATA), DATA), []);
  assert.equal(fs.texts()[TOML], "of 1");
  assert.deepEqual(Object.keys(fs.texts()).filter((path) => path.startsWith(DATA)), []);
});
