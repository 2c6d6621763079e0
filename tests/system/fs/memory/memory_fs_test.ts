import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import { MemoryFs } from "../../../../src/system/fs/memory/memory_fs.ts";
import { fsContract } from "../../../support/disk/fs_contract.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function contractOn(options: ConstructorParameters<typeof MemoryFs>[0]): Parameters<typeof fsContract>[1] {
  return () => {
    const fs = new MemoryFs(options);
    fs.makeDirectory("/root/here");
    const tools = {
      symlink: (target: string, path: string) => fs.symlink(target, path),
      setMode: (path: string, mode: number) => fs.chmod(path, mode),
    };
    const isPosix = options?.windows !== true;
    return { fs, root: "/root/here", cleanup: () => {}, ...(isPosix ? tools : {}) };
  };
}

fsContract("MemoryFs", contractOn({}));
fsContract("MemoryFs as Windows", contractOn({ windows: true }));

/** A program, its second name, and another program. */
function programs(options: ConstructorParameters<typeof MemoryFs>[0] = {}): MemoryFs {
  const fs = new MemoryFs(options);
  fs.put("/app/service", "old program", 0o755);
  fs.put("/app/next", "new program", 0o755);
  fs.put("/mnt/file", "elsewhere");
  return fs;
}

describe("MemoryFs stamps", () => {
  it("change with every change of the inode: bytes, names, mode", () => {
    const fs = programs();
    const seen = [fs.info("/app/service").stamp];
    const look = (path: string) => seen.push(fs.info(path).stamp);
    fs.link("/app/service", "/app/second");
    look("/app/service");
    fs.rename("/app/service", "/app/moved");
    look("/app/second");
    fs.remove("/app/moved");
    look("/app/second");
    fs.chmod("/app/second", 0o700);
    look("/app/second");
    fs.writeInPlace("/app/second", "old PROGRAM");
    look("/app/second");
    fs.overwrite("/app/second", bytes("old PROGRAM"));
    look("/app/second");
    assert.equal(new Set(seen).size, seen.length, seen.join(" "));
  });

  it("stay while other files change and this one is read", () => {
    const fs = programs();
    const { stamp } = fs.info("/app/service");
    fs.copy("/app/service", "/app/copy");
    fs.create("/app/other", bytes("x"));
    fs.digest("/app/service");
    assert.equal(fs.info("/app/service").stamp, stamp);
  });
});

describe("MemoryFs outsiders", () => {
  it("write in place into the same inode, which all of its names show", () => {
    const fs = programs();
    fs.link("/app/service", "/app/last-good");
    const { inode } = fs.info("/app/service");
    fs.writeInPlace("/app/service", "overwritten");
    assert.equal(fs.info("/app/service").inode, inode);
    assert.equal(fs.texts()["/app/last-good"], "overwritten");
  });

  it("replace a file by another inode with the same mode, and leave its other names alone", () => {
    const fs = programs();
    fs.link("/app/service", "/app/last-good");
    fs.replace("/app/service", "v2");
    assert.equal(fs.info("/app/service").mode, 0o755);
    assert.notEqual(fs.info("/app/service").inode, fs.info("/app/last-good").inode);
    assert.equal(fs.texts()["/app/last-good"], "old program");
    fs.replace("/app/service", "v3", 0o600);
    assert.equal(fs.executable("/app/service"), false);
  });
});

describe("MemoryFs bytes", () => {
  it("are its own: neither the caller's array nor what it returned changes them", () => {
    const fs = programs();
    const mine = Buffer.from("abc");
    fs.create("/app/a", mine);
    mine[0] = 0x78;
    fs.read("/app/a", 3)[1] = 0x78;
    assert.equal(fs.texts()["/app/a"], "abc");
  });
});

describe("MemoryFs on a full disk", () => {
  const full = () => {
    const fs = programs();
    fs.options = { capacity: "old program".length + "new program".length + "elsewhere".length + 4 };
    return fs;
  };

  it("writes what fits and then fails with noSpace", () => {
    const fs = full();
    assert.equal(fs.free(), 4);
    assert.throws(() => fs.create("/app/state", bytes("123456")), { code: "noSpace" });
    assert.equal(fs.texts()["/app/state"], "1234");
  });

  it("still overwrites as many bytes as a file has, and leaves them when there are more", () => {
    const fs = full();
    fs.create("/app/state", bytes("1234"));
    fs.overwrite("/app/state", bytes("5678"));
    assert.throws(() => fs.overwrite("/app/state", bytes("abcdef")), { code: "noSpace" });
    assert.equal(fs.texts()["/app/state"], "5678");
  });

  it("copies nothing and keeps what stood at the target", () => {
    const fs = full();
    assert.throws(() => fs.copy("/app/service", "/app/next"), { code: "noSpace" });
    assert.equal(fs.texts()["/app/next"], "new program");
  });

  it("counts a file with two names once and frees it with the last", () => {
    const fs = full();
    fs.link("/app/service", "/app/last-good");
    assert.equal(fs.free(), 4);
    fs.remove("/app/service");
    assert.equal(fs.free(), 4);
    fs.remove("/app/last-good");
    assert.equal(fs.free(), 15);
  });
});

describe("MemoryFs restrictions", () => {
  it("refuse every change below a read-only path, and nothing else", () => {
    const fs = programs({ readOnly: ["/app"] });
    const changes: (() => void)[] = [
      () => fs.create("/app/x", bytes("x")),
      () => fs.overwrite("/app/service", bytes("x")),
      () => fs.append("/app/log", "x"),
      () => fs.append("/app/service", "x"),
      () => fs.copy("/mnt/file", "/app/x"),
      () => fs.link("/app/service", "/app/x"),
      () => fs.rename("/app/service", "/app/x"),
      () => fs.rename("/mnt/file", "/app/x"),
      () => fs.remove("/app/service"),
      () => fs.makeDirectory("/app/x"),
    ];
    const before = fs.texts();
    for (const change of changes) assert.throws(change, { code: "readOnly" }, String(change));
    assert.deepEqual(fs.texts(), before);
    fs.remove("/app/missing");
    fs.makeDirectory("/app");
    fs.copy("/app/service", "/mnt/copy");
  });

  it("refuse links and renames to another device, not copies", () => {
    const fs = programs({ mounts: ["/mnt"] });
    assert.throws(() => fs.link("/app/service", "/mnt/x"), { code: "crossDevice" });
    assert.throws(() => fs.rename("/app/service", "/mnt/x"), { code: "crossDevice" });
    fs.copy("/app/service", "/mnt/x");
    fs.rename("/mnt/x", "/mnt/y");
    assert.equal(fs.texts()["/mnt/y"], "old program");
  });

  it("refuse to move or replace a file that is itself a mount, and to link it", () => {
    const fs = programs({ mounts: ["/app/service"] });
    assert.throws(() => fs.rename("/app/next", "/app/service"), { code: "busy" });
    assert.throws(() => fs.rename("/app/service", "/app/x"), { code: "busy" });
    assert.throws(() => fs.remove("/app/service"), { code: "busy" });
    assert.throws(() => fs.link("/app/service", "/app/x"), { code: "crossDevice" });
    fs.overwrite("/app/service", bytes("in place"));
  });

  it("refuse hard links where there are none", () => {
    assert.throws(() => programs({ hardLinks: false }).link("/app/service", "/app/x"), { code: "unsupported" });
  });

  it("refuse a copy of a file onto itself, which would remove it first", () => {
    const fs = programs();
    fs.symlink("service", "/app/alias");
    assert.throws(() => fs.copy("/app/alias", "/app/service"), { code: "exists" });
    assert.equal(fs.texts()["/app/service"], "old program");
  });
});

describe("MemoryFs with a running program", () => {
  it("on Windows: it is busy under each of its names, but can be moved away", () => {
    const fs = programs({ windows: true });
    fs.lockRunning("/app/service");
    fs.link("/app/service", "/app/second");
    for (const path of ["/app/service", "/app/second"]) {
      assert.throws(() => fs.rename("/app/next", path), { code: "busy" });
      assert.throws(() => fs.remove(path), { code: "busy" });
      assert.throws(() => fs.overwrite(path, bytes("x")), { code: "busy" });
      assert.throws(() => fs.create(path, bytes("x")), { code: "busy" });
      assert.throws(() => fs.copy("/app/next", path), { code: "busy" });
      assert.throws(() => fs.replace(path, "x"), { code: "busy" });
    }
    fs.rename("/app/service", "/app/service.bak");
    fs.rename("/app/next", "/app/service");
    assert.throws(() => fs.remove("/app/service.bak"), { code: "busy" });
    fs.unlockRunning("/app/service.bak");
    fs.remove("/app/service.bak");
    assert.equal(fs.texts()["/app/service"], "new program");
  });

  it("on POSIX: it can be replaced and removed, but not written into", () => {
    const fs = programs();
    fs.lockRunning("/app/service");
    assert.throws(() => fs.overwrite("/app/service", bytes("x")), { code: "busy" });
    fs.link("/app/service", "/app/last-good");
    fs.rename("/app/next", "/app/service");
    fs.overwrite("/app/service", bytes("x"));
    fs.remove("/app/last-good");
  });
});

describe("MemoryFs names", () => {
  it("of one file are both left when one is renamed over the other, as POSIX has it", () => {
    const fs = programs();
    fs.link("/app/service", "/app/second");
    fs.rename("/app/service", "/app/second");
    assert.deepEqual(fs.list("/app"), ["next", "second", "service"]);
  });

  it("that are links lead through folders and `..` to the file", () => {
    const fs = programs();
    fs.symlink("/app", "/current");
    fs.symlink("../mnt/file", "/app/elsewhere");
    assert.equal(fs.resolve("/current/elsewhere"), "/mnt/file");
    assert.equal(fs.resolve("/current/../mnt/./file"), "/mnt/file");
    assert.equal(fs.info("/current/elsewhere").size, 9);
    fs.remove("/current/elsewhere");
    assert.equal(fs.texts()["/mnt/file"], "elsewhere");
  });

  it("may be separated by backslashes", () => {
    assert.equal(programs().digest("\\app\\service"), programs().digest("/app/service"));
  });
});
