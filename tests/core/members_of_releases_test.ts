/** Members of releases: in which folders they can lie. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { layRelease, RELEASES, releaseSentinel } from "../support/disk/world.ts";

/** Releases at `root`, and the link to 1. */
function site(root: string): MemoryFs {
  const fs = new MemoryFs();
  for (const version of ["1", "2"]) layRelease(fs, version, `${root}/${version}`);
  fs.symlink(root === "/app" ? "1" : "releases/1", "/app/service");
  fs.put("/state/keep", "");
  fs.put("/app/etc/app.toml", "of 1");
  fs.put("/tmp/app.toml", "of 2");
  return fs;
}

const MEMBER = "/app/etc/app.toml";

for (const root of ["/app", RELEASES]) {
  test(`a folder beside the link can hold members, with releases in ${root}, also while the link is gone`, () => {
    const fs = site(root);
    const sentinel = () => releaseSentinel(fs, [], { members: [MEMBER] });
    sentinel().confirmHealthy();
    sentinel().swap(`${root}/2`, "2", { members: { [MEMBER]: "/tmp/app.toml" } });
    assert.equal(fs.texts()[MEMBER], "of 2");
    fs.remove("/app/service");
    assert.deepEqual(sentinel().status().members?.map(({ kept }) => kept), [true]);
    assert.ok(!sentinel().status().problems.some(({ code }) => code === "member-unusable"));
    sentinel().boot();
    assert.equal(fs.texts()[MEMBER], "of 1");
  });
}

test("what lies in a release, among the releases or in one that another link leads to is no member", () => {
  const fs = site(RELEASES);
  fs.symlink("/app/service", "/live");
  releaseSentinel(fs, [], {}).confirmHealthy();
  const refused: [path: string, why: RegExp][] = [
    [`${RELEASES}/1/main.js`, /lies in the release/],
    ["/live/main.js", /lies in the release/],
    [`${RELEASES}/2/main.js`, /lies among the releases in \/app\/releases/],
    [`${RELEASES}/.boot-sentinel-2.manifest`, /is boot-sentinel's own file/],
    ["/app/etc", /is not a regular file/],
  ];
  for (const [path, why] of refused) {
    const { problems } = releaseSentinel(fs, [], { members: [path] }).status();
    assert.match(problems.find(({ code }) => code === "member-unusable")?.text ?? "", why, path);
  }
});
