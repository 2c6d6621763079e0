/** The facts that every file adapter must keep of links, directories and what is in them. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Fs, FsError } from "../../../src/core/ports.ts";
import { fails, type FsUnderTest } from "./fs_under_test.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Runs this part of the contract on the adapter that `makeFs` makes, a fresh one for each fact. */
export function treeContract(name: string, makeFs: () => FsUnderTest): void {
  describe(`${name} keeps the contract of links and trees`, () => {
    let made: FsUnderTest;
    let fs: Fs;
    const at = (path: string) => `${made.root}/${path}`;
    const put = (path: string, text: string) => fs.create(at(path), Buffer.from(text), 0o644);
    const text = (path: string) => Buffer.from(fs.read(at(path), 1 << 20)).toString();
    /** Windows without rights has links to directories only, whose targets are absolute. */
    const isPosix = () => made.symlink !== undefined;

    /** Wine makes no junctions. */
    function hasLinks(): boolean {
      if (isPosix()) return true;
      try {
        fs.symlink(made.root, at("probe"));
        fs.remove(at("probe"));
        return true;
      } catch (error) {
        if (!(error instanceof FsError) || error.code !== "unsupported") throw error;
        fs.removeDirectory(at("probe")); // Deno had begun with one
        return false;
      }
    }

    /** A directory with one file, that has its name as text. */
    function release(name: string): void {
      fs.makeDirectory(at(name));
      put(`${name}/main`, name);
    }

    beforeEach(() => {
      made = makeFs();
      fs = made.fs;
    });
    afterEach(() => made.cleanup());

    it("symlink() makes a link, and linkTarget() tells where it leads", (t) => {
      if (!hasLinks()) return t.skip("this file system has no links");
      release("one");
      fs.symlink(at("one"), at("link"));
      assert.equal(text("link/main"), "one");
      assert.equal(fs.resolve(fs.linkTarget(at("link")) ?? ""), fs.resolve(at("one")));
      const { link, kind } = fs.info(at("link"));
      assert.deepEqual({ link, kind }, { link: true, kind: "directory" });
      fs.symlink("one", at("relative"));
      assert.equal(text("relative/main"), "one");
      if (isPosix()) assert.equal(fs.linkTarget(at("relative")), "one");
    });

    it("linkTarget() of what is no link is undefined", () => {
      release("one");
      for (const path of ["one", "one/main", "none"]) assert.equal(fs.linkTarget(at(path)), undefined);
    });

    it("symlink() never replaces, not even a link that leads nowhere", (t) => {
      if (!hasLinks()) return t.skip("this file system has no links");
      release("one");
      put("file", "kept");
      fs.symlink(at("none"), at("link"));
      for (const path of ["one", "file", "link"]) fails("exists", () => fs.symlink(at("one"), at(path)));
      assert.equal(text("file"), "kept");
      fails("notFound", () => fs.symlink(at("one"), at("no/link")));
    });

    it("remove() of a link leaves what it leads to, and takes one that leads nowhere", (t) => {
      if (!hasLinks()) return t.skip("this file system has no links");
      release("one");
      fs.symlink(at("one"), at("link"));
      fs.symlink(at("none"), at("dangling"));
      fs.remove(at("link"));
      fs.remove(at("dangling"));
      assert.deepEqual(fs.list(made.root), ["one"]);
      assert.equal(text("one/main"), "one");
    });

    it("rename() moves a link, not what it leads to", (t) => {
      if (!hasLinks()) return t.skip("this file system has no links");
      release("one");
      fs.symlink(at("one"), at("link"));
      fs.rename(at("link"), at("moved"));
      assert.deepEqual(fs.list(made.root), ["moved", "one"]);
      assert.equal(text("moved/main"), "one");
    });

    it("rename() of a link over another one flips it", (t) => {
      if (!isPosix()) return t.skip("Windows cannot replace a junction: it is moved aside first");
      for (const name of ["one", "two"]) release(name);
      fs.symlink("one", at("current"));
      fs.symlink("two", at("next"));
      fs.rename(at("next"), at("current"));
      assert.equal(text("current/main"), "two");
      assert.deepEqual(fs.list(made.root), ["current", "one", "two"]);
    });

    it("rename() of a link over a directory fails, and both stay", (t) => {
      if (!hasLinks()) return t.skip("this file system has no links");
      for (const name of ["one", "plain"]) release(name);
      fs.symlink(at("one"), at("link"));
      assert.throws(() => fs.rename(at("link"), at("plain")), { name: "FsError" });
      assert.equal(text("plain/main"), "plain");
      assert.equal(text("link/main"), "one");
    });

    it("entries() tells each name by itself; links are not followed", () => {
      release("one");
      put("file", "12345");
      fs.link(at("file"), at("second"));
      if (hasLinks()) fs.symlink(at("one"), at("link"));
      const told = fs.entries(made.root);
      assert.deepEqual(told.map(({ name, kind }) => `${kind} ${name}`), [
        "file file",
        ...hasLinks() ? ["link link"] : [],
        "directory one",
        "file second",
      ]);
      const [file, second, link] = ["file", "second", "link"].map((name) => told.find((entry) => entry.name === name));
      assert.deepEqual([file?.size, file?.links, file?.inode === second?.inode], [5, 2, true]);
      assert.equal(file?.target, undefined);
      if (link !== undefined) assert.equal(fs.resolve(link.target ?? ""), fs.resolve(at("one")));
      if (!made.setMode) return;
      made.setMode(at("file"), 0o4751);
      assert.equal(fs.entries(made.root)[0]?.mode, 0o4751);
    });

    it("entries() and tree() of a missing directory are notFound, of a file they fail", () => {
      put("file", "x");
      for (const read of [(path: string) => fs.entries(path), (path: string) => fs.tree(path, 9)]) {
        fails("notFound", () => read(at("none")));
        assert.throws(() => read(at("file")), { name: "FsError" });
      }
    });

    it("tree() tells all that is below a directory, sorted by bytes", () => {
      for (const folder of ["r/lib", "r/empty"]) fs.makeDirectory(at(folder));
      for (const [path, text] of [["r/lib.js", "a"], ["r/lib/b", "bb"], ["r/Z", "ccc"]] as const) put(path, text);
      if (hasLinks()) fs.symlink(isPosix() ? "lib" : at("r/lib"), at("r/link"));
      const { digest, manifest, files, bytes } = fs.tree(at("r"), 3);
      assert.equal(digest, sha256(manifest));
      assert.deepEqual({ files, bytes }, { files: 3, bytes: 6 });
      const mode = (octal: string) => made.setMode ? octal : "[0-7]+";
      const lines = [
        "# boot-sentinel release 1",
        `# file ${mode("644")} 3`,
        `${sha256("ccc")}  Z`,
        `# directory ${mode("755")} empty`,
        `# directory ${mode("755")} lib`,
        `# file ${mode("644")} 1`,
        `${sha256("a")}  lib.js`,
        `# file ${mode("644")} 2`,
        `${sha256("bb")}  lib/b`,
        ...hasLinks() ? [isPosix() ? "# link link -> lib" : "# link link -> .*lib.?"] : [],
      ];
      assert.match(manifest, new RegExp(`^${lines.join("\n")}\n$`));
    });

    it("tree() is the same wherever the same content lies", () => {
      for (const root of ["a", "b"]) {
        fs.makeDirectory(at(`${root}/lib`));
        put(`${root}/lib/x`, "x");
      }
      assert.equal(fs.tree(at("a"), 1).digest, fs.tree(at("b"), 1).digest);
    });

    it("tree() refuses more files than it may have, and a file with a name outside", () => {
      for (const name of ["r", "other"]) release(name);
      fs.link(at("r/main"), at("r/again"));
      fails("other", () => fs.tree(at("r"), 1));
      assert.equal(fs.tree(at("r"), 2).files, 2);
      fs.link(at("r/main"), at("other/third"));
      fails("other", () => fs.tree(at("r"), 9));
    });

    it("syncTree() takes any tree, also with a link that leads nowhere; a missing one is notFound", () => {
      fs.makeDirectory(at("r/lib/deep"));
      put("r/lib/deep/file", "x");
      if (hasLinks()) fs.symlink(at("none"), at("r/dangling"));
      fs.syncTree(at("r"));
      fails("notFound", () => fs.syncTree(at("none")));
    });

    it("replaceFault() knows nothing against a link, wherever it leads", (t) => {
      if (!hasLinks()) return t.skip("this file system has no links");
      fs.symlink(at("none"), at("dangling"));
      assert.equal(fs.replaceFault(at("dangling"), made.root, true), undefined);
    });
  });
}
