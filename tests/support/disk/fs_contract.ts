/** The facts that every file adapter must keep, whatever lies under it. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Fs, FsError } from "../../../src/core/ports.ts";
import { fails, type FsUnderTest } from "./fs_under_test.ts";
import { treeChangesContract } from "./tree_changes_contract.ts";
import { treeContract } from "./tree_contract.ts";

/** Runs the contract on the adapter that `makeFs` makes, a fresh one for each fact. */
export function fsContract(name: string, makeFs: () => FsUnderTest): void {
  treeContract(name, makeFs);
  treeChangesContract(name, makeFs);
  describe(`${name} keeps the file contract`, () => {
    let made: FsUnderTest;
    let fs: Fs;
    const at = (path: string) => `${made.root}/${path}`;
    const put = (path: string, text: string) => fs.create(at(path), Buffer.from(text));
    const text = (path: string) => Buffer.from(fs.read(at(path), 1 << 20)).toString();

    beforeEach(() => {
      made = makeFs();
      fs = made.fs;
    });
    afterEach(() => made.cleanup());

    it("create() writes a file that only its owner may read", () => {
      put("a", "one");
      assert.equal(text("a"), "one");
      assert.equal(fs.info(at("a")).kind, "file");
      if (made.setMode) assert.equal(fs.info(at("a")).mode, 0o600);
    });

    it("create() makes a new file where another stood", () => {
      put("a", "one");
      fs.link(at("a"), at("b"));
      put("a", "two");
      assert.equal(text("a"), "two");
      assert.equal(text("b"), "one");
    });

    it("create() replaces a link, not the file behind it", (t) => {
      if (!made.symlink) return t.skip("the adapter has no links");
      put("target", "kept");
      made.symlink(at("target"), at("link"));
      put("link", "new");
      assert.equal(text("target"), "kept");
      assert.equal(text("link"), "new");
    });

    it("create() in a missing directory is notFound", () => {
      fails("notFound", () => put("no/a", "one"));
    });

    it("read() stops at the limit", () => {
      put("a", "0123456789");
      assert.equal(Buffer.from(fs.read(at("a"), 4)).toString(), "0123");
      assert.equal(fs.read(at("a"), 0).length, 0);
      assert.equal(fs.read(at("a"), 100).length, 10);
    });

    it("read(), digest(), info(), overwrite(), list() and executable() of a missing file are notFound", () => {
      fails("notFound", () => fs.read(at("no"), 1));
      fails("notFound", () => fs.digest(at("no")));
      fails("notFound", () => fs.info(at("no")));
      fails("notFound", () => fs.overwrite(at("no"), Buffer.from("x")));
      fails("notFound", () => fs.list(at("no")));
      fails("notFound", () => fs.executable(at("no")));
    });

    it("digest() is the sha256 of the whole content", () => {
      const bytes = Buffer.alloc(2 * 1024 * 1024 + 17, "boot");
      fs.create(at("big"), bytes);
      assert.equal(fs.digest(at("big")), createHash("sha256").update(bytes).digest("hex"));
      put("empty", "");
      assert.equal(fs.digest(at("empty")), createHash("sha256").digest("hex"));
    });

    it("info() tells size, names and kind", () => {
      put("a", "12345");
      assert.equal(fs.info(at("a")).size, 5);
      assert.equal(fs.info(at("a")).links, 1);
      assert.equal(fs.info(made.root).kind, "directory");
      fs.link(at("a"), at("b"));
      assert.equal(fs.info(at("b")).links, 2);
      assert.equal(fs.info(at("a")).inode, fs.info(at("b")).inode);
      put("c", "12345");
      assert.notEqual(fs.info(at("a")).inode, fs.info(at("c")).inode);
    });

    it("info() keeps its stamp until the bytes may have changed", () => {
      put("a", "12345");
      const before = fs.info(at("a")).stamp;
      assert.equal(fs.info(at("a")).stamp, before);
      pause();
      fs.overwrite(at("a"), Buffer.from("54321"));
      assert.notEqual(fs.info(at("a")).stamp, before);
    });

    it("info() tells a link by its last part alone, and of what it leads to all else", (t) => {
      if (!made.symlink) return t.skip("the adapter has no links");
      fs.makeDirectory(at("real"));
      put("real/file", "12345");
      made.symlink("real", at("dir"));
      made.symlink("dir/file", at("link"));
      const { link, ...file } = fs.info(at("real/file"));
      assert.equal(link, false);
      assert.deepEqual(fs.info(at("dir/file")), { link: false, ...file });
      assert.deepEqual(fs.info(at("link")), { link: true, ...file });
      assert.equal(fs.info(at("dir")).link, true);
      assert.equal(fs.info(made.root).link, false);
    });

    it("info() of a dangling link is notFound", (t) => {
      if (!made.symlink) return t.skip("the adapter has no links");
      made.symlink(at("nowhere"), at("link"));
      fails("notFound", () => fs.info(at("link")));
    });

    it("resolve() follows links, also where the end of the path is missing", (t) => {
      if (!made.symlink) return t.skip("the adapter has no links");
      fs.makeDirectory(at("real"));
      put("real/file", "x");
      made.symlink("real", at("dir"));
      made.symlink("dir/file", at("link"));
      made.symlink("dir/later", at("dangling"));
      const real = fs.resolve(at("real"));
      assert.equal(fs.resolve(at("link")), fs.resolve(at("real/file")));
      assert.equal(fs.resolve(at("dir/file")), fs.resolve(at("real/file")));
      assert.equal(fs.resolve(at("dir/later")), fs.resolve(at("real/later")));
      assert.equal(fs.resolve(at("dangling")), fs.resolve(at("real/later")));
      assert.ok(fs.resolve(at("dangling")).startsWith(real));
    });

    it("resolve() of a link loop fails as other", (t) => {
      if (!made.symlink) return t.skip("the adapter has no links");
      made.symlink("b", at("a"));
      made.symlink("a", at("b"));
      fails("other", () => fs.resolve(at("a")));
    });

    it("resolve() in a missing directory is notFound", () => {
      fails("notFound", () => fs.resolve(at("no/file")));
    });

    it("executable() follows the permission bits", (t) => {
      if (!made.setMode) return t.skip("the adapter has no permission bits");
      put("a", "#!");
      assert.equal(fs.executable(at("a")), false);
      made.setMode(at("a"), 0o755);
      assert.equal(fs.executable(at("a")), true);
    });

    it("executable() is false for a directory", (t) => {
      if (!made.setMode) return t.skip("the adapter calls everything executable");
      assert.equal(fs.executable(made.root), false);
    });

    it("list() sorts the names", () => {
      for (const name of ["b", "a", ".c"]) put(name, "");
      assert.deepEqual(fs.list(made.root), [".c", "a", "b"]);
    });

    it("overwrite() changes the bytes of the same file and cuts what was longer", () => {
      put("a", "a long text");
      const { inode } = fs.info(at("a"));
      fs.overwrite(at("a"), Buffer.from("short"));
      assert.equal(text("a"), "short");
      assert.equal(fs.info(at("a")).inode, inode);
      fs.overwrite(at("a"), Buffer.from("a longer text"));
      assert.equal(text("a"), "a longer text");
    });

    it("append() adds lines and makes the file", () => {
      fs.append(at("log"), "one");
      fs.append(at("log"), "two");
      assert.equal(text("log"), "one\ntwo\n");
    });

    it("append() ends a torn last line first", () => {
      put("log", "one\nto");
      fs.append(at("log"), "three");
      assert.equal(text("log"), "one\nto\nthree\n");
    });

    it("copy() makes another file with the same bytes and mode", () => {
      put("a", "program");
      made.setMode?.(at("a"), 0o751);
      fs.copy(at("a"), at("b"));
      assert.equal(text("b"), "program");
      assert.notEqual(fs.info(at("a")).inode, fs.info(at("b")).inode);
      assert.equal(fs.info(at("b")).mode, fs.info(at("a")).mode);
    });

    it("copy() takes the mode of the file it is to be like", (t) => {
      if (!made.setMode) return t.skip("the adapter has no permission bits");
      put("a", "new");
      put("old", "old");
      made.setMode(at("old"), 0o711);
      fs.copy(at("a"), at("b"), at("old"));
      assert.equal(text("b"), "new");
      assert.equal(fs.info(at("b")).mode, 0o711);
    });

    it("copy() leaves other names of what it replaces alone", () => {
      put("a", "new");
      put("b", "old");
      fs.link(at("b"), at("c"));
      fs.copy(at("a"), at("b"));
      assert.equal(text("b"), "new");
      assert.equal(text("c"), "old");
    });

    it("copy() of a missing file is notFound and leaves nothing behind", () => {
      fails("notFound", () => fs.copy(at("no"), at("b")));
      put("a", "x");
      fails("notFound", () => fs.copy(at("a"), at("b"), at("no")));
      assert.deepEqual(fs.list(made.root), ["a"]);
    });

    it("link() never replaces", () => {
      put("a", "one");
      put("b", "two");
      fails("exists", () => fs.link(at("a"), at("b")));
      fails("notFound", () => fs.link(at("no"), at("c")));
      assert.equal(text("b"), "two");
    });

    it("rename() replaces a file and keeps the inode", () => {
      put("a", "one");
      put("b", "two");
      const { inode } = fs.info(at("a"));
      fs.rename(at("a"), at("b"));
      assert.equal(text("b"), "one");
      assert.equal(fs.info(at("b")).inode, inode);
      assert.deepEqual(fs.list(made.root), ["b"]);
      fails("notFound", () => fs.rename(at("a"), at("b")));
    });

    it("remove() removes one name, and a missing file is no error", () => {
      put("a", "one");
      fs.link(at("a"), at("b"));
      fs.remove(at("a"));
      fs.remove(at("a"));
      fs.remove(at("no/a"));
      assert.equal(text("b"), "one");
    });

    it("makeDirectory() makes parents, and an existing directory is no error", () => {
      fs.makeDirectory(at("d/e"));
      fs.makeDirectory(at("d/e"));
      put("d/e/f", "x");
      assert.deepEqual(fs.list(at("d/e")), ["f"]);
    });

    it("syncDirectory() takes any directory", () => {
      put("a", "one");
      fs.syncDirectory(made.root);
    });

    it("a failure names its path and keeps its cause", () => {
      assert.throws(() => fs.info(at("no")), (error) => error instanceof FsError && error.path === at("no"));
    });
  });
}

/** Longer than the steps of any file system's clock that the tests meet. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
}
