/** What `file:` probes know of the time before the service was started by somebody else. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BootToken } from "../../../src/core/gate/boot_token.ts";
import { filesBefore, keepBefore } from "../../../src/service/health/before_start.ts";
import { parseProbe } from "../../../src/service/health/probes/parse_probe.ts";
import { memoryFs } from "../../../src/testing.ts";

const TOKEN: BootToken = { kind: "probation", boot: 7, lenient: false };
const POLICY = {
  advisory: [],
  intervalMs: 1,
  timeoutMs: 1,
  passes: 1,
  healthyAfterMs: 0,
  deadlineMs: 1,
};

test("a file that is written before the watcher is there counts as touched", async () => {
  const fs = memoryFs();
  const files = new Map([["/run/ready", "old"]]);
  const io = { fileStamp: (path: string) => files.get(path) };
  const probes = ["file:/run/ready", "file:/run/new"].map(parseProbe);
  keepBefore(fs, "/state", TOKEN, { ...POLICY, probes }, io);
  files.set("/run/ready", "touched");
  files.set("/run/new", "made");

  const faults = async (token: BootToken) => {
    const later = ["file:/run/ready", "file:/run/new"].map(parseProbe);
    const before = filesBefore(fs, "/state", token, io);
    for (const probe of later) probe.begin?.(before);
    const round = { io, upMs: 0, timeoutMs: 1, ready: () => Promise.resolve(undefined) } as unknown;
    return await Promise.all(later.map((probe) => probe.check(round as Parameters<typeof probe.check>[0])));
  };
  assert.deepEqual(await faults({ ...TOKEN, lenient: true }), [undefined, undefined]);
  // What is kept of another boot says nothing about this one.
  const unchanged = "the file was not changed since the start";
  assert.deepEqual(await faults({ ...TOKEN, boot: 8 }), [unchanged, unchanged]);
});

test("nothing is kept for probes that look at no file", () => {
  const fs = memoryFs();
  keepBefore(fs, "/state", TOKEN, { ...POLICY, probes: [parseProbe("uptime:1s")] }, { fileStamp: () => "x" });
  assert.deepEqual(fs.texts(), {});
});
