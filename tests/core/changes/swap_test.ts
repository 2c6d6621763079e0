/** What a swap verifies, replaces and refuses. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BootSentinel } from "../../../mod.ts";
import { FsError } from "../../../src/core/fs_port.ts";
import { faultFs } from "../../../src/system/fs/memory/fault_fs.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { observedFs, withOutsider } from "../../support/disk/outsider.ts";
import {
  build,
  confirmedMachine,
  DATA,
  DOWNLOAD,
  EXE,
  freshMachine,
  portsOver,
  sentinelOver,
  swapIn,
  versionAt,
} from "../../support/disk/world.ts";

const LAST_GOOD = `${EXE}.last-good`;
/** A program for a processor that the machine does not have. */
const FOREIGN = new Uint8Array(64).fill(183, 18, 19);
FOREIGN.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);

/** Every file but the history, which tells of refusals, too. */
function files(fs: MemoryFs): Record<string, string> {
  const { [`${DATA}/.boot-history.jsonl`]: _, ...others } = fs.texts();
  return others;
}

/** Asserts that this is refused with the code, and that no file has changed. */
function refused(fs: MemoryFs, code: string, act: () => void): void {
  const before = files(fs);
  assert.throws(act, { name: "SentinelError", code });
  assert.deepEqual(files(fs), before);
}

/** The last event, and the version that it names. */
function lastEvent(fs: MemoryFs): (string | undefined)[] {
  const last = sentinelOver(fs).history().at(-1);
  return [last?.event, last?.version];
}

test("the update is live and on probation, and the program before is last-good", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).swap(DOWNLOAD, "v2");
  assert.deepEqual([versionAt(fs, EXE), versionAt(fs, LAST_GOOD)], ["2", "1"]);
  assert.deepEqual(sentinelOver(fs).status().pending, { version: "2", attempts: 0, maxAttempts: 3 });
});

test("the update's own file stays, and is not the program's", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).swap(DOWNLOAD, "2");
  assert.equal(versionAt(fs, DOWNLOAD), "2");
  assert.notEqual(fs.info(DOWNLOAD).inode, fs.info(EXE).inode);
});

test("the update gets the mode of the program whose place it takes", () => {
  const fs = confirmedMachine();
  fs.chmod(EXE, 0o751);
  fs.chmod(DOWNLOAD, 0o600);
  sentinelOver(fs).swap(DOWNLOAD, "2");
  assert.equal(fs.info(EXE).mode, 0o751);
});

test("an update into an empty path keeps its own mode, and there is no last-good", () => {
  const fs = freshMachine();
  fs.remove(EXE);
  fs.chmod(DOWNLOAD, 0o711);
  sentinelOver(fs).swap(DOWNLOAD, "2");
  assert.equal(versionAt(fs, EXE), "2");
  assert.equal(fs.info(EXE).mode, 0o711);
  assert.equal(sentinelOver(fs).status().lastGood, null);
});

test("the very file of the program before becomes last-good", () => {
  const fs = confirmedMachine();
  const { inode } = fs.info(EXE);
  sentinelOver(fs).swap(DOWNLOAD, "2");
  assert.equal(fs.info(LAST_GOOD).inode, inode);
});

test("a swap of the bytes that are live changes nothing", () => {
  const fs = confirmedMachine();
  fs.put(DOWNLOAD, build("1"), 0o755);
  const before = fs.texts();
  sentinelOver(fs).swap(DOWNLOAD, "2");
  assert.deepEqual(fs.texts(), before);
});

test("an announced sha256 may have capitals and spaces around it", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).swap(DOWNLOAD, "2", { sha256: ` ${fs.digest(DOWNLOAD).toUpperCase()}\n` });
  assert.equal(versionAt(fs, EXE), "2");
});

test("an update with another sha256 than the announced one is refused, and that is an event", () => {
  const fs = confirmedMachine();
  refused(fs, "mismatch", () => sentinelOver(fs).swap(DOWNLOAD, "2", { sha256: "0".repeat(64) }));
  assert.equal(lastEvent(fs)[0], "refused");
});

test("what a check of the file throws is passed on, and that is an event", () => {
  const fs = confirmedMachine();
  const before = files(fs);
  const error = new Error("the signature is not the owner's");
  const verify = () => {
    throw error;
  };
  assert.throws(() => sentinelOver(fs).swap(DOWNLOAD, "2", { verify }), (thrown) => thrown === error);
  assert.deepEqual(files(fs), before);
  assert.equal(lastEvent(fs)[0], "refused");
});

test("a file that is exchanged after its check does not matter: its copy was taken before", () => {
  const fs = confirmedMachine();
  const verify = (file: string) => {
    const digest = fs.digest(file);
    fs.writeInPlace(file, build("9"));
    return digest;
  };
  sentinelOver(fs).swap(DOWNLOAD, "2", { verify });
  assert.equal(versionAt(fs, EXE), "2");
});

test("a file that is exchanged before its check is refused", () => {
  const fs = confirmedMachine();
  const verify = (file: string) => {
    fs.writeInPlace(file, build(`9${Math.random()}`));
    return fs.digest(file);
  };
  assert.throws(() => sentinelOver(fs).swap(DOWNLOAD, "2", { verify }), { name: "SentinelError", code: "busy" });
  assert.equal(versionAt(fs, EXE), "1");
});

test("a copy that is changed is refused and removed", () => {
  const fs = confirmedMachine();
  const copying = withOutsider(fs, "copy", (_, to) => fs.writeInPlace(to, build("9")));
  refused(fs, "busy", () => sentinelOver(copying).swap(DOWNLOAD, "2"));
});

const NO_PROGRAMS: readonly (readonly [what: string, put: (fs: MemoryFs) => void, code?: string])[] = [
  ["a file that is missing", (fs) => fs.remove(DOWNLOAD), "missing"],
  ["an empty file", (fs) => fs.put(DOWNLOAD, "", 0o755)],
  ["a folder", (fs) => (fs.remove(DOWNLOAD), fs.makeDirectory(DOWNLOAD))],
  ["an error page", (fs) => fs.put(DOWNLOAD, "<html>404</html>", 0o755)],
  ["a program for another processor", (fs) => fs.put(DOWNLOAD, FOREIGN, 0o755)],
];
for (const [what, put, code = "mismatch"] of NO_PROGRAMS) {
  test(`a swap refuses ${what}`, () => {
    const fs = confirmedMachine();
    put(fs);
    refused(fs, code, () => sentinelOver(fs).swap(DOWNLOAD, "2"));
  });
}

test("while the live program cannot be started either, any file is worth a try", () => {
  const fs = confirmedMachine();
  fs.writeInPlace(EXE, "<html>503</html>");
  fs.put(DOWNLOAD, "an unknown format", 0o755);
  sentinelOver(fs).swap(DOWNLOAD, "2");
  assert.equal(fs.texts()[EXE], "an unknown format");
});

test("an empty file is never worth a try", () => {
  const fs = confirmedMachine();
  fs.writeInPlace(EXE, "<html>503</html>");
  fs.put(DOWNLOAD, "", 0o755);
  refused(fs, "mismatch", () => sentinelOver(fs).swap(DOWNLOAD, "2"));
});

test("on Windows a batch file is a program by the name of the program that it replaces", () => {
  const fs = confirmedMachine({ windows: true });
  fs.put("/app/service.cmd", "@echo 1", 0o755);
  fs.put(DOWNLOAD, "@echo 2", 0o755);
  const ports = { ...portsOver(fs), host: { os: "windows", arch: "x64" } as const };
  new BootSentinel({ dataDir: "/other", exe: "/app/service.cmd" }, ports).swap(DOWNLOAD, "2");
  assert.equal(fs.texts()["/app/service.cmd"], "@echo 2");
});

test("a quarantined version is refused, and that is an event", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).quarantine("2");
  refused(fs, "quarantined", () => sentinelOver(fs).swap(DOWNLOAD, "v2"));
  assert.deepEqual(lastEvent(fs), ["refused", "2"]);
});

test("quarantined bytes are refused under any version", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).quarantine("2", { digest: fs.digest(DOWNLOAD) });
  refused(fs, "quarantined", () => sentinelOver(fs).swap(DOWNLOAD, "3"));
});

test("a rebuild under a version whose bytes are quarantined is swapped in", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).quarantine("2", { digest: "0".repeat(64) });
  sentinelOver(fs).swap(DOWNLOAD, "2");
  assert.equal(versionAt(fs, EXE), "2");
});

test("while nobody can tell what is quarantined, nothing is swapped in", () => {
  const fs = confirmedMachine();
  fs.put(`${DATA}/.boot-quarantine.json`, '{"schema":99}', 0o600);
  refused(fs, "untouchable", () => sentinelOver(fs).swap(DOWNLOAD, "2"));
});

test("before a swap both versions and the digest are told, once the file is verified and nothing has changed yet", () => {
  const fs = confirmedMachine();
  const told: unknown[] = [];
  const verify = (file: string) => (told.push("verified"), fs.digest(file));
  const before = (versions: unknown) => void told.push(versions, versionAt(fs, EXE));
  sentinelOver(fs).swap(DOWNLOAD, "v2", { verify, before });
  assert.deepEqual(told, ["verified", { from: "1", to: "2", digest: fs.digest(DOWNLOAD) }, "1"]);
});

test("what throws before a swap calls it off, and is passed on", () => {
  const fs = confirmedMachine();
  const unchanged = files(fs);
  const error = new Error("the data cannot be saved");
  const before = () => {
    throw error;
  };
  assert.throws(() => sentinelOver(fs).swap(DOWNLOAD, "2", { before }), (thrown) => thrown === error);
  assert.deepEqual(files(fs), unchanged);
});

test("nobody is told before a swap that is refused", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).quarantine("2");
  const before = () => assert.fail("it was told");
  refused(fs, "quarantined", () => sentinelOver(fs).swap(DOWNLOAD, "2", { before }));
});

test("a program that cannot be read is not replaced, since it could not be kept", () => {
  const fs = freshMachine();
  const unreadable = faultFs(fs, [{ code: "denied", verb: "fingerprint", path: (path) => path === EXE }]);
  assert.throws(() => sentinelOver(unreadable).swap(DOWNLOAD, "2"), { name: "FsError", code: "denied" });
  assert.equal(versionAt(fs, EXE), "1");
});

test("a swap that fails leaves the earlier update armed", () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  sentinelOver(fs).boot();
  fs.put(DOWNLOAD, build("3"), 0o755);
  const stuck = faultFs(fs, [{ code: "busy", verb: "rename", path: (path) => path === EXE }]);
  assert.throws(() => sentinelOver(stuck).swap(DOWNLOAD, "3"), { name: "FsError", code: "busy" });
  assert.deepEqual(sentinelOver(fs).status().pending, { version: "2", attempts: 1, maxAttempts: 3 });
  assert.deepEqual([versionAt(fs, EXE), versionAt(fs, LAST_GOOD)], ["2", "1"]);
});

test("a swap that fails where nothing was armed leaves nothing armed", () => {
  const fs = confirmedMachine();
  const stuck = faultFs(fs, [{ code: "busy", verb: "rename", path: (path) => path === EXE }]);
  assert.throws(() => sentinelOver(stuck).swap(DOWNLOAD, "2"), { name: "FsError", code: "busy" });
  assert.equal(sentinelOver(fs).status().pending, null);
});

test("of two updaters the one that began before the other's swap is refused", () => {
  const fs = confirmedMachine();
  swapIn(fs, "3");
  fs.put(DOWNLOAD, build("2"), 0o755);
  const since = Date.UTC(2026, 0, 1);
  refused(fs, "busy", () => sentinelOver(fs, [], {}, since + 60_000).swap(DOWNLOAD, "2", { since }));
});

test("a swap does not wait for the lock", () => {
  const fs = confirmedMachine();
  const waited: number[] = [];
  const lock = { acquire: (_path: string, waitMs: number) => (waited.push(waitMs), "busy" as const) };
  const sentinel = new BootSentinel({ dataDir: DATA, exe: EXE }, { ...portsOver(fs), lock });
  refused(fs, "busy", () => sentinel.swap(DOWNLOAD, "2"));
  assert.deepEqual(waited, [0]);
});

test("a flush that fails after the update was renamed undoes nothing: it is told", () => {
  const fs = confirmedMachine();
  fs.put(DOWNLOAD, build("2"), 0o755);
  let renamed = false;
  const failing = observedFs(fs, {
    before(verb, [path]) {
      if (renamed && verb === "syncDirectory") {
        renamed = false;
        throw new FsError("other", "flush", String(path), "EIO");
      }
    },
    after: (verb, [, to]) => void (verb === "rename" && to === EXE && (renamed = true)),
  });
  const log: string[] = [];
  assert.equal(sentinelOver(failing, log).swap(DOWNLOAD, "2").kind, "swapped");
  assert.match(log.join("\n"), /EIO; \S+ is replaced, but a power cut can undo that/);
  assert.deepEqual([versionAt(fs, EXE), sentinelOver(fs).status().pending?.version], ["2", "2"]);
});
