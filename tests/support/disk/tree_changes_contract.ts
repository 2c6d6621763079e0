/** The facts about changes of trees that every file adapter must keep. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Fs } from "../../../src/core/ports.ts";
import { fails, type FsUnderTest } from "./fs_under_test.ts";

/** Runs the contract on the adapter that `makeFs` makes, a fresh one for each fact. */
export function treeChangesContract(name: string, makeFs: () => FsUnderTest): void {
  describe(`${name} keeps the contract of changes of trees`, () => {
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

    it("copyTree() makes another tree with the same digest, and never replaces", () => {
      fs.makeDirectory(at("one/lib"));
      put("one/lib/a", "text");
      if (made.symlink) fs.symlink("lib/a", at("one/link"));
      made.setMode?.(at("one/lib/a"), 0o750);
      fs.copyTree(at("one"), at("two"));
      assert.equal(fs.tree(at("two"), 9).digest, fs.tree(at("one"), 9).digest);
      assert.notEqual(fs.info(at("two/lib/a")).inode, fs.info(at("one/lib/a")).inode);
      fails("exists", () => fs.copyTree(at("one"), at("two")));
      fails("notFound", () => fs.copyTree(at("no"), at("three")));
      assert.deepEqual(fs.list(made.root), ["one", "two"]);
    });

    it("removeTree() removes links and not what they lead to, and a missing tree is no error", () => {
      put("kept", "text");
      fs.makeDirectory(at("tree/lib"));
      put("tree/lib/a", "text");
      if (made.symlink) fs.symlink("../kept", at("tree/link"));
      if (made.symlink) fs.symlink("..", at("tree/up"));
      fs.removeTree(at("tree"));
      fs.removeTree(at("tree"));
      assert.deepEqual(fs.list(made.root), ["kept"]);
    });

    it("exchange() swaps a directory and a link in one step, where the system can", (t) => {
      if (!made.symlink) return t.skip("the adapter has no links");
      fs.makeDirectory(at("folder"));
      fs.makeDirectory(at("dir"));
      put("dir/a", "text");
      fs.symlink("folder/0", at("folder/0"));
      fs.exchange(at("dir"), at("folder/0"));
      assert.equal(fs.linkTarget(at("dir")), "folder/0");
      assert.equal(fs.linkTarget(at("folder/0")), undefined);
      assert.equal(text("dir/a"), "text");
      fails("notFound", () => fs.exchange(at("dir"), at("no")));
    });
  });
}
