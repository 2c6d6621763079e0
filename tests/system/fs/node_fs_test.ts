import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, it } from "node:test";
import { FsError, type FsFault } from "../../../src/core/ports.ts";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { openLibc } from "../../../src/system/ffi/libc.ts";
import { makeTempDir, removeTree } from "../../support/temp_dir.ts";
import { fsContract } from "../../support/disk/fs_contract.ts";
import { asUser, NOBODY } from "../../support/other_user/as_user.ts";
import { fixture, isBun, runtimeCommand } from "../../support/runtime.ts";

const isPosix = process.platform !== "win32";
const isRoot = process.geteuid?.() === 0;
const fs = nodeFs();
let root: string;
const at = (name: string) => join(root, name);
const makeRoot = () => makeTempDir("node-fs");
const bits = (path: string) => statSync(path).mode & 0o7777;

fsContract("nodeFs()", () => {
  const root = makeRoot();
  return {
    fs,
    root,
    cleanup: () => removeTree(root),
    // Windows asks for a privilege to make links, and has no permission bits.
    ...(isPosix ? { symlink: symlinkSync, setMode: chmodSync } : {}),
  };
});

describe("nodeFs()", { skip: isPosix ? false : "modes, owners and links are facts of Linux" }, () => {
  beforeEach(() => void (root = makeRoot()));
  afterEach(() => removeTree(root));

  it("gives a new file mode 0600 under any umask", () => {
    for (const mask of [0o777, 0]) {
      withUmask(mask, () => fs.create(at("a"), Buffer.from("x")));
      assert.equal(bits(at("a")), 0o600);
    }
  });

  it("copies the modes of directories, and removes what their owner may not write", () => {
    mkdirSync(at("tree/lib"), { recursive: true });
    fs.create(at("tree/lib/a"), Buffer.from("x"));
    chmodSync(at("tree/lib"), 0o550);
    fs.copyTree(at("tree"), at("copy"));
    assert.equal(bits(at("copy/lib")), 0o550);
    for (const name of ["tree", "copy"]) fs.removeTree(at(name));
    assert.deepEqual(fs.list(root), []);
  });

  it("keeps the setuid and setgid bits of a copy under any umask", () => {
    fs.create(at("a"), Buffer.from("x"));
    chmodSync(at("a"), 0o6755);
    withUmask(0o077, () => fs.copy(at("a"), at("b")));
    assert.equal(bits(at("b")), 0o6755);
  });

  it("keeps the modification time of a copy to the nanosecond", (t) => {
    if (process.platform !== "linux") return t.skip("exact times need futimens()");
    fs.create(at("a"), Buffer.from("x"));
    execFileSync("touch", ["-d", "2024-02-03T04:05:06.123456789Z", at("a")]);
    fs.copy(at("a"), at("b"));
    assert.match(execFileSync("stat", ["-c", "%.9Y", at("b")], { encoding: "utf8" }), /^1706933106\.123456789/);
  });

  it("keeps extended attributes of a copy", (t) => {
    if (process.platform !== "linux") return t.skip("extended attributes are Linux's");
    fs.create(at("a"), Buffer.from("x"));
    if (!setXattr(at("a"), "user.kind", "service")) return t.skip("the file system has no user attributes");
    fs.copy(at("a"), at("b"));
    assert.equal(getXattr(at("b"), "user.kind"), "service");
  });

  it("keeps owner, setuid bit and capabilities of a copy that root makes", (t) => {
    if (!isRoot) return t.skip("needs root");
    if (spawnSync("setcap", ["-h"]).error) return t.skip("needs setcap");
    fs.create(at("a"), Buffer.from("x"));
    chownSync(at("a"), 1234, 4321);
    chmodSync(at("a"), 0o4755);
    execFileSync("setcap", ["cap_net_bind_service+ep", at("a")]);
    fs.copy(at("a"), at("b"));
    assert.equal(statSync(at("b")).uid, 1234);
    assert.equal(statSync(at("b")).gid, 4321);
    assert.equal(bits(at("b")), 0o4755);
    assert.match(execFileSync("getcap", [at("b")], { encoding: "utf8" }), /cap_net_bind_service[=+]ep/);
  });

  it("drops the setuid bit of a copy whose owner cannot be kept", (t) => {
    if (!isRoot) return t.skip("needs root, to make a file of another user");
    fs.create(at("a"), Buffer.from("x"));
    chmodSync(at("a"), 0o4755);
    chmodSync(root, 0o777);
    const ran = asUser(NOBODY, (nobody) => nobody.fixture("drivers/fs_driver.ts", ["copy", at("a"), at("b")]));
    assert.equal(ran.stderr, "");
    assert.equal(bits(at("b")), 0o755);
    assert.notEqual(statSync(at("b")).uid, 0);
  });

  it("gives what root makes to the owner of the directory", (t) => {
    if (!isRoot) return t.skip("needs root");
    chownSync(root, 1234, 4321);
    fs.create(at("a"), Buffer.from("x"));
    fs.append(at("log"), "x");
    for (const name of ["a", "log"]) assert.equal(statSync(at(name)).uid, 1234, name);
  });

  it("writes over no file that the directory's owner could not write", (t) => {
    if (!isRoot) return t.skip("needs root");
    chownSync(root, 1234, 4321);
    fs.create(at("a"), Buffer.from("x"));
    chownSync(at("a"), 77, 77);
    fails("denied", () => fs.overwrite(at("a"), Buffer.from("y")));
    assert.equal(readFileSync(at("a"), "utf8"), "x");
  });

  it("does not write through a link", () => {
    fs.create(at("target"), Buffer.from("kept"));
    symlinkSync(at("target"), at("link"));
    fails("other", () => fs.overwrite(at("link"), Buffer.from("x")));
    fails("other", () => fs.append(at("link"), "x"));
    assert.equal(Buffer.from(fs.read(at("target"), 9)).toString(), "kept");
  });

  it("writes and copies with no more than the permission to read and write files", (t) => {
    if (isBun) return t.skip("Bun has no permissions");
    const run = (...args: string[]) => {
      const permissions = ["--no-prompt", `--allow-read=${root}`, `--allow-write=${root}`];
      const [command, ...words] = runtimeCommand(fixture("drivers/fs_driver.ts"), permissions);
      assert.equal(spawnSync(command, [...words, ...args], { encoding: "utf8" }).stderr, "");
    };
    run("create", at("a"), "text");
    run("copy", at("a"), at("b"));
    assert.equal(Buffer.from(fs.read(at("b"), 9)).toString(), "text");
  });

  it("reports a link through a missing directory to itself as notFound", () => {
    symlinkSync("no/../link", at("link"));
    fails("notFound", () => fs.resolve(at("link")));
  });

  it("leaves nothing behind when a copy fails in the middle", () => {
    mkdirSync(at("directory"));
    fails("other", () => fs.copy(at("directory"), at("b")));
    assert.deepEqual(fs.list(root), ["directory"]);
  });

  it("checks the space before a copy, and writes over a file on a full disk", (t) => {
    if (!isRoot || process.platform !== "linux") return t.skip("needs root, to mount a small disk");
    mkdirSync(at("disk"));
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "none", at("disk")]).status !== 0) {
      return t.skip("needs the right to mount");
    }
    try {
      fs.create(at("big"), Buffer.alloc(512 * 1024));
      fs.create(at("disk/state"), Buffer.from("attempts 1"));
      // Without a cause: it was not the system that ran out.
      assert.throws(() => fs.copy(at("big"), at("disk/big")), { code: "noSpace", cause: undefined });
      fails("noSpace", () => fs.create(at("disk/fill"), Buffer.alloc(512 * 1024)));
      assert.deepEqual(fs.list(at("disk")), ["state"]);
      fails("crossDevice", () => fs.link(at("big"), at("disk/big")));
      fails("crossDevice", () => fs.rename(at("big"), at("disk/big")));
      spawnSync("sh", ["-c", 'cat /dev/zero >"$0" 2>/dev/null', at("disk/fill")]);
      fs.overwrite(at("disk/state"), Buffer.from("attempts 2"));
      assert.equal(Buffer.from(fs.read(at("disk/state"), 99)).toString(), "attempts 2");
    } finally {
      execFileSync("umount", [at("disk")]);
    }
  });

  it("does not call a program executable that lies on a noexec mount", (t) => {
    if (!isRoot || process.platform !== "linux") return t.skip("needs root, to mount a disk");
    mkdirSync(at("disk"));
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "noexec", "none", at("disk")]).status !== 0) {
      return t.skip("needs the right to mount");
    }
    try {
      fs.create(at("disk/a"), Buffer.from("#!/bin/sh"));
      chmodSync(at("disk/a"), 0o755);
      assert.equal(fs.executable(at("disk/a")), false);
    } finally {
      execFileSync("umount", [at("disk")]);
    }
  });

  it("calls a program executable for root that is executable for anybody", (t) => {
    if (!isRoot || process.platform !== "linux") return t.skip("needs root, to give files away");
    fs.create(at("a"), Buffer.from("#!/bin/sh"));
    chownSync(at("a"), 1234, 4321);
    for (const mode of [0o100, 0o010, 0o001, 0o750]) {
      chmodSync(at("a"), mode);
      assert.equal(fs.executable(at("a")), true, mode.toString(8));
    }
    chmodSync(at("a"), 0o666);
    assert.equal(fs.executable(at("a")), false);
  });

  it("takes a file system that cannot flush directories", (t) => {
    if (process.platform !== "linux") return t.skip("/proc is Linux's");
    fs.syncDirectory("/proc");
  });

  it("changes the stamp when only the bytes and the time of inspection differ", () => {
    fs.create(at("a"), Buffer.from("one"));
    utimesSync(at("a"), 1, 1);
    const { stamp } = fs.info(at("a"));
    fs.overwrite(at("a"), Buffer.from("two"));
    assert.notEqual(fs.info(at("a")).stamp, stamp);
  });

  it("reports a path below a file as notFound and a directory in a file's place as exists", () => {
    fs.create(at("a"), Buffer.from("x"));
    fails("notFound", () => fs.info(at("a/b")));
    fails("exists", () => fs.makeDirectory(at("a")));
  });
});

function fails(code: FsFault, action: () => unknown): void {
  assert.throws(action, (error) => error instanceof FsError && error.code === code);
}

function withUmask(mask: number, action: () => void): void {
  const before = process.umask(mask);
  try {
    action();
  } finally {
    process.umask(before);
  }
}

function setXattr(path: string, name: string, value: string): boolean {
  const { call } = openLibc("fsetxattr");
  const bytes = Buffer.from(value);
  return withOpen(
    path,
    (fd) => call.fsetxattr(fd, Buffer.from(`${name}\0`), bytes, BigInt(bytes.length), 0) === 0,
  );
}

function getXattr(path: string, name: string): string {
  const { call } = openLibc("fgetxattr");
  const bytes = Buffer.alloc(256);
  const length = withOpen(path, (fd) => call.fgetxattr(fd, Buffer.from(`${name}\0`), bytes, 256n));
  return bytes.subarray(0, Number(length)).toString();
}

function withOpen<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, "r");
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
