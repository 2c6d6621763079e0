import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { copyMemory, FfiUnavailable, nativeCallback, openLibrary, pointerOf } from "../../../src/system/ffi/ffi.ts";
import { openLibc } from "../../../src/system/ffi/libc.ts";

const skip = process.platform === "linux" ? false : "the C library is opened on Linux only";

describe("openLibrary()", { skip }, () => {
  it("calls a function with numbers, pointers and buffers", () => {
    const call = openLibrary(libcName(), {
      getpid: [[], "i32"],
      memcpy: [["ptr", "u64", "u64"], "u64"],
      strlen: [["ptr"], "u64"],
    });
    assert.equal(call.getpid(), process.pid);
    assert.equal(call.strlen(new TextEncoder().encode("boot\0")), 4n);
    const [from, to] = [new Uint8Array([1, 2, 3, 4]), new Uint8Array(4)];
    assert.equal(call.memcpy(to, pointerOf(from), 4n), pointerOf(to));
    assert.deepEqual(to, from);
    assert.deepEqual(copyMemory(pointerOf(from), 4), from);
  });

  it("reports a library that is missing", () => {
    assert.throws(() => openLibrary("libno-such-thing.so", { f: [[], "void"] }), FfiUnavailable);
  });

  it("reports a symbol that is missing", () => {
    assert.throws(() => openLibrary(libcName(), { no_such_symbol: [[], "void"] }), FfiUnavailable);
  });
});

describe("errno()", { skip }, () => {
  it("names the error of the last call", () => {
    const { call, errno } = openLibc("access");
    assert.equal(call.access(new TextEncoder().encode("/no/such/file\0"), 0), -1);
    assert.equal(errno(), "ENOENT");
    assert.equal(call.access(new TextEncoder().encode("/proc/version/below\0"), 0), -1);
    assert.equal(errno(), "ENOTDIR");
  });
});

describe("nativeCallback()", { skip }, () => {
  it("is called by another thread", async () => {
    const call = openLibrary(libcName(), {
      pthread_create: [["ptr", "ptr", "u64", "u64"], "i32"],
      pthread_detach: [["u64"], "i32"],
    });
    const seen = Promise.withResolvers<bigint>();
    const callback = nativeCallback(["u64"], (argument) => seen.resolve(argument));
    const thread = new BigUint64Array(1);
    assert.equal(call.pthread_create(thread, null, callback.address, 0x1234n), 0);
    const alive = setTimeout(() => seen.reject(new Error("the callback did not run")), 5000);
    assert.equal(await seen.promise, 0x1234n);
    clearTimeout(alive);
    call.pthread_detach(thread[0] ?? 0n);
    callback.close();
  });
});

/** glibc's; musl answers to its own name only. */
function libcName(): string {
  return existsSync("/lib/ld-musl-x86_64.so.1") ? "libc.musl-x86_64.so.1" : "libc.so.6";
}
