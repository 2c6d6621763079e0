/** `watch`, through the command line, with a service and a clock of the test's own. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreSentinel } from "../../support/core_sentinel.ts";
import { atSite, BAD } from "../../support/command_line.ts";

test("the status shows the deadline that the watcher keeps: half of it after a miss", () =>
  atSite(async (site) => {
    const sentinel = new CoreSentinel({ dataDir: site.dir, exe: site.exe, watched: true }, { log: () => {} });
    sentinel.confirmHealthy();
    await site.call("swap", site.file("update", BAD), "--to", "2.0.0");
    const shown: number[] = [];
    const kept: number[] = [];
    for (const _ of [1, 2]) {
      const { token } = sentinel.boot();
      let now = 0;
      let ended = false;
      const { code } = await site.callWith(
        {
          env: { BOOT_SENTINEL_EXE: site.exe },
          watchProcess: (pid) =>
            Promise.resolve({
              pid,
              alive: () => !ended,
              signal: () => (kept.push(now), ended = true),
              close: () => {},
            }),
          unitOf: () => undefined,
          sayReady: () => {},
          onTermination: () => {},
          shell: () => Promise.resolve(1),
          now: () => now,
          pause(ms) {
            const { since = "", until = "" } = sentinel.status().watcher ?? {};
            if (now === 0) shown.push(Date.parse(until) - Date.parse(since));
            return Promise.resolve(void (now += ms));
          },
        },
        ...["watch", "1", "1", JSON.stringify(token), "--probe", "exec:look", "--probe-interval", "100ms"],
        ...["--healthy-after", "0s", "--healthy-deadline", "10s"],
      );
      assert.equal(code, 0);
    }
    assert.deepEqual([shown, kept], [[10_000, 5_000], [10_000, 5_000]]);
  }));
