import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, constants, existsSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { copyBytes } from "../../../src/system/fs/copy_bytes.ts";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { cannotMount, sparse, withTmpfs } from "../../support/mounts.ts";
import { fixture, isBun, runtimeCommand } from "../../support/runtime.ts";
import { inTempDir } from "../../support/temp.ts";

const MIB = 1024 * 1024;
/** More than two blocks, and a part of one. */
const LARGE = patterned(19 * MIB + 12345);
const fs = nodeFs();

test("copy() copies a file of several blocks", () => {
  inTempDir((dir) => {
    writeFileSync(join(dir, "a"), LARGE);
    assertCopied(join(dir, "a"), join(dir, "b"));
  });
});

test("copy() copies files that end where a block ends, and an empty one", () => {
  inTempDir((dir) => {
    for (const size of [0, 1, MIB - 1, MIB, 8 * MIB, 8 * MIB + 1, 16 * MIB]) {
      writeFileSync(join(dir, "a"), LARGE.subarray(0, size));
      assertCopied(join(dir, "a"), join(dir, "b"));
    }
  });
});

test("copy() copies a file with holes", () => {
  inTempDir((dir) => {
    const path = join(dir, "a");
    writeFileSync(path, "begin");
    sparse(path, 20 * MIB);
    writeFileSync(path, "middle", { flag: "a" });
    sparse(path, 30 * MIB);
    assertCopied(path, join(dir, "b"));
  });
});

test("copy() copies from one file system to another", { skip: cannotMount }, () => {
  inTempDir((dir) =>
    withTmpfs("64m", ({ dir: memory }) => {
      writeFileSync(join(memory, "a"), LARGE);
      assertCopied(join(memory, "a"), join(dir, "b"));
      assertCopied(join(dir, "b"), join(memory, "c"));
    })
  );
});

test("copy() without the permission to call the C library copies by reading and writing", (t) => {
  if (isBun) return t.skip("Bun has no permissions");
  inTempDir((dir) => {
    writeFileSync(join(dir, "a"), LARGE);
    const permissions = ["--no-prompt", `--allow-read=${dir}`, `--allow-write=${dir}`];
    const [command, ...words] = runtimeCommand(fixture("drivers/fs_driver.ts"), permissions);
    const args = ["copy", join(dir, "a"), join(dir, "b")];
    assert.equal(spawnSync(command, [...words, ...args], { encoding: "utf8" }).stderr, "");
    assert.deepEqual(readFileSync(join(dir, "b")), LARGE);
  });
});

const skip = process.platform === "linux" ? false : "these are faults of Linux's copy_file_range";

test("copyBytes() reads and writes where the kernel refuses to copy", { skip }, () => {
  inTempDir((dir) => {
    writeFileSync(join(dir, "a"), LARGE);
    // copy_file_range fails with EBADF for a file that is opened for appending.
    const { O_RDWR, O_CREAT, O_APPEND } = constants;
    assert.equal(copied(join(dir, "a"), join(dir, "b"), O_RDWR | O_CREAT | O_APPEND), sha256(LARGE));
    assert.deepEqual(readFileSync(join(dir, "b")), LARGE);
  });
});

test("copyBytes() reads a file that has more content than size", { skip }, () => {
  inTempDir((dir) => {
    // For such a file copy_file_range returns 0.
    assert.equal(statSync("/proc/version").size, 0);
    assert.equal(copied("/proc/version", join(dir, "b")), sha256(readFileSync("/proc/version")));
    assert.deepEqual(readFileSync(join(dir, "b")), readFileSync("/proc/version"));
  });
});

test("copyBytes() reports a disk that fills up in the middle", { skip: cannotMount }, () => {
  inTempDir((dir) =>
    withTmpfs("10m", ({ dir: small }) => {
      writeFileSync(join(dir, "a"), LARGE);
      assert.throws(() => copied(join(dir, "a"), join(small, "b")), { code: "ENOSPC" });
    })
  );
});

test("copy() of a file that is cut short meanwhile ends, and fails as busy", { skip }, async () => {
  await inTempDir(async (dir) => {
    const [path, copy] = [join(dir, "a"), join(dir, "b")];
    writeFileSync(path, "");
    sparse(path, 512 * MIB);
    // Waits until the copy has begun.
    const script = 'echo ready; until [ -s "$1" ]; do :; done; : >"$0"';
    const other = spawn("/bin/sh", ["-c", script, path, copy], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(other, "exit");
    await once(other.stdout, "data");
    assert.throws(() => fs.copy(path, copy), { code: "busy" });
    assert.equal(existsSync(copy), false);
    await ended;
  });
});

/** Copies, and compares the bytes and the sha256. */
function assertCopied(from: string, to: string): void {
  const bytes = readFileSync(from);
  assert.equal(fs.copy(from, to).digest, sha256(bytes));
  assert.ok(readFileSync(to).equals(bytes), `${to} has other bytes than ${from}`);
}

function copied(from: string, to: string, flags: number | string = "wx+"): string {
  const [source, target] = [openSync(from, "r"), openSync(to, flags)];
  try {
    return copyBytes(source, target);
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

/** Bytes that differ from block to block. */
function patterned(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
  return bytes;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
