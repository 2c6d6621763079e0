/** Where the last words of a build are shown. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { statusPage } from "../../../src/cli/output/page/page.ts";
import { painter } from "../../../src/cli/output/format.ts";
import { statusView } from "../../../src/cli/output/status_view.ts";
import { timeline } from "../../../src/cli/output/timeline.ts";
import { lastLines } from "../../../src/cli/output/words_block.ts";
import { DOWNLOAD, freshMachine, sentinelOver } from "../../support/disk/world.ts";

const plain = painter(false);

/** A machine on which 2.0.0 crashes at each of its boots. */
function crashing(boots: number) {
  const fs = freshMachine();
  const sentinel = sentinelOver(fs);
  sentinel.confirmHealthy();
  fs.put(DOWNLOAD, "#!build 2.0.0", 0o755);
  sentinel.swap(DOWNLOAD, "2.0.0");
  for (let boot = 1; boot <= boots; boot++) {
    sentinel.boot();
    sentinel.reportEnded("exit 1", [`opening <db> ${boot}`, "cannot migrate"]);
  }
  return sentinel;
}

test("the status shows how the boots of the build on probation ended, and its last words", () => {
  const text = statusView(crashing(2).status(), 0, plain);
  assert.match(text, /ended: exit 1 ×2; last words: cannot migrate\n +\| opening <db> 2\n +\| cannot migrate\n/);
});

test("after the rollback status, history, page and their JSON have them", () => {
  const sentinel = crashing(3);
  sentinel.boot();
  const status = sentinel.status();
  const events = sentinel.history();
  const block = /exit 1 ×3; last words: cannot migrate\n +\| opening <db> 3\n +\| cannot migrate\n/;
  assert.match(statusView(status, 0, plain), block);
  const shown = timeline(events, plain);
  assert.match(shown, block);
  assert.equal(shown.split("| cannot migrate").length, 2, "the lines of each single boot would hide the events");
  const page = statusPage({ host: "alpha", services: [{ name: "app", found: { status, events } }], now: 0 });
  assert.match(page, /<p>Its last words:<\/p><pre>opening &lt;db&gt; 3\ncannot migrate<\/pre>/);
  assert.deepEqual(
    events.filter(({ event }) => event === "ended").map(({ ends }) => ends?.[0]?.words?.[0]),
    ["opening <db> 1", "opening <db> 2", "opening <db> 3"],
  );
  assert.equal(status.quarantined[0]?.ends?.length, 3);
});

test("one line is no block: the reason above it has it", () => {
  assert.deepEqual(lastLines([{ boot: 1, how: "exit 1", words: ["no disk"] }]), []);
  assert.deepEqual(lastLines(undefined), []);
});
