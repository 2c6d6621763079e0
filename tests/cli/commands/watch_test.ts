/** `watch`, through the command line, with a service and a clock of the test's own. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreSentinel } from "../../support/core_sentinel.ts";
import { EXIT } from "../../../src/core/exit_codes.ts";
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

test("the command that is printed to look on tells of its own build, also when that was put back meanwhile", () =>
  atSite(async (site) => {
    await site.call("confirm");
    await site.call("swap", site.file("update", BAD), "--to", "b 1");
    const surroundings = { env: { BOOT_SENTINEL_EXE: site.exe }, onTermination: (left: () => void) => left() };
    const follow = (...args: string[]) => site.callWith(surroundings, "watch", "--follow", ...args);
    const { code, stdout } = await follow();
    assert.deepEqual([code, stdout.includes(`: boot-sentinel watch --follow --to 'b 1' --exe ${site.exe}\n`)], [
      2,
      true,
    ]);
    await site.call("rollback");
    const after = await follow("--to", "b 1", "--json");
    const { digest } = JSON.parse((await site.call("quarantine", "list", "--json")).stdout).quarantined[0];
    const { confirmed, version, digest: told, reason } = JSON.parse(after.stdout);
    assert.deepEqual([after.code, confirmed, version, told], [EXIT.no, false, "b 1", digest]);
    assert.match(reason, /was put back: rolled back by hand/);
    assert.deepEqual([(await follow()).code, (await follow("--to", "9")).code], [EXIT.ok, EXIT.usage]);
  }));
