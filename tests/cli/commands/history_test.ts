/** The history: what it keeps, and how it looks. @module */
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { appendEvent, type SentinelEvent } from "../../../src/core/state/history.ts";
import { timeline } from "../../../src/cli/output/timeline.ts";
import { painter } from "../../../src/cli/output/format.ts";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { atSite, BAD } from "../../support/command_line.ts";
import { inTempDir } from "../../support/temp.ts";

const at = (second: number) => new Date(Date.UTC(2026, 10, 25, 10, 0, second)).toISOString();
const attempt = (second: number, attempts: number): SentinelEvent => ({
  time: at(second),
  event: "attempt",
  version: "2.0.0",
  attempts,
  maxAttempts: 3,
});

test("the timeline tells an update that failed, its boots folded into one line", () => {
  const events: SentinelEvent[] = [
    { time: at(0), event: "armed", version: "2.0.0" },
    attempt(1, 1),
    attempt(2, 2),
    attempt(3, 3),
    { time: at(4), event: "rolled-back", version: "2.0.0", other: "1.0.0", reason: "not confirmed in 3 boots" },
    { time: at(5), event: "refused", version: "2.0.0", reason: "quarantined" },
    { time: at(6), event: "refused", version: "2.0.0", reason: "quarantined" },
  ];
  assert.equal(
    timeline(events, painter(false)),
    "2026-11-25 10:00:00             armed        2.0.0\n" +
      "2026-11-25 10:00:01 – 10:00:03  attempt ×3   2.0.0          boot 1–3 of 3\n" +
      "2026-11-25 10:00:04             rolled back  2.0.0 → 1.0.0  not confirmed in 3 boots\n" +
      "2026-11-25 10:00:05 – 10:00:06  refused ×2   2.0.0          quarantined\n",
  );
});

test("a second probation of one version is a line of its own", () => {
  const lines = timeline([attempt(1, 1), attempt(2, 2), attempt(3, 1)], painter(false)).trimEnd().split("\n");
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? "", /boot 1 of 3$/);
});

test("the timeline shows an event that only a newer program knows", () => {
  const event = { time: at(0), event: "teleported", version: "3.0.0" } as unknown as SentinelEvent;
  assert.equal(timeline([event], painter(false)), "2026-11-25 10:00:00  teleported  3.0.0\n");
});

test("history answers from a torn file, and with the newest lines only when asked", async () => {
  await atSite(async ({ dir, call, file }) => {
    assert.match((await call("history")).stdout, /Nothing has happened yet/);
    await call("confirm", "--app-version", "1.0.0");
    await call("swap", file("bad", BAD), "--to", "2.0.0");
    appendFileSync(join(dir, ".boot-history.jsonl"), '{"time":"2026-11-25T10:0');
    assert.equal(JSON.parse((await call("history", "--json")).stdout).events.length, 2);
    await call("fail");
    const { events } = JSON.parse((await call("history", "--json")).stdout);
    assert.deepEqual(events.map(({ event }: SentinelEvent) => event), ["confirmed", "armed", "failed"]);
    assert.equal((await call("history", "--limit", "1")).stdout.trimEnd().split("\n").length, 1);
    assert.equal(JSON.parse((await call("history", "--limit", "2", "--json")).stdout).events[0].event, "armed");
  });
});

test("the history stays within bounds and keeps its newest events", () => {
  inTempDir((dir) => {
    const path = join(dir, ".boot-history.jsonl");
    const line = `${JSON.stringify({ time: at(0), event: "attempt", version: "1.0.0", reason: "x".repeat(900) })}\n`;
    writeFileSync(path, line.repeat(300), { mode: 0o600 });
    for (let second = 0; second < 30; second++) appendEvent(nodeFs(), path, attempt(second, second));
    const { size, mode } = statSync(path);
    assert.ok(size < 256 * 1024, `${size} bytes`);
    if (process.platform !== "win32") assert.equal(mode & 0o777, 0o600);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n").map((text) => JSON.parse(text));
    assert.deepEqual(lines.slice(-30).map(({ attempts }) => attempts), Array.from({ length: 30 }, (_, i) => i));
  });
});
