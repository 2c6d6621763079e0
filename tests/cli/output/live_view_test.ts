/** The live view of a deployment. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { painter } from "../../../src/cli/output/format.ts";
import { liveLines, liveView } from "../../../src/cli/output/live_view.ts";
import { announceWatcher } from "../../../src/core/state/watcher.ts";
import { CoreSentinel } from "../../support/core_sentinel.ts";
import { DATA, DOWNLOAD, EXE, freshMachine, portsOver, sentinelOver } from "../../support/disk/world.ts";

test("it shows the boots, the seconds, and what each probe answered last", () => {
  const fs = freshMachine();
  const sentinel = sentinelOver(fs);
  sentinel.confirmHealthy();
  fs.put(DOWNLOAD, "#!build 2.0.0", 0o755);
  sentinel.swap(DOWNLOAD, "2.0.0");
  sentinel.boot();
  const ports = portsOver(fs);
  // A lock is only seen from another process: this one stands for it.
  const seen = { ...ports, lock: { acquire: () => "busy" as const } };
  const announced = announceWatcher(ports, DATA, 1, { deadlineMs: 1000, forConfirm: false });
  announced.answered([{ probe: "tcp://127.0.0.1:1", fault: "refused" }, { probe: "exec:true", fault: null }]);
  const status = new CoreSentinel({ dataDir: DATA, exe: EXE }, seen).status();
  assert.deepEqual(liveLines(status, 7, painter(false)), [
    "2.0.0  boot 1 of 3  ●○○  7 s",
    "  ✗ tcp://127.0.0.1:1: refused",
    "  ✓ exec:true",
  ]);
});

test("lines are replaced in place, events stand above them, and nothing is left at the end", () => {
  let written = "";
  const view = liveView((text) => written += text);
  view.draw(["a", "b"]);
  view.draw(["a", "b"]);
  view.above("event\n");
  view.draw(["c"]);
  view.clear();
  const cut = (text: string) => `\x1b[?7l${text}\x1b[?7h`;
  const up = (lines: number) => `\x1b[${lines}A\r\x1b[J`;
  assert.equal(written, `${cut("a\nb\n")}${up(2)}event\n${cut("a\nb\n")}${up(2)}${cut("c\n")}${up(1)}`);
});
