/** Following a build from its swap to the verdict, with the real core over a file system in memory. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { followBuild, type Followed, type Verdict } from "../../../src/service/deploy/follow.ts";
import { observedFs } from "../../support/disk/outsider.ts";
import { DOWNLOAD, EXE, freshMachine, sentinelOver } from "../../support/disk/world.ts";

type Sentinel = ReturnType<typeof sentinelOver>;

/** Deploys 2.0.0; `act` is what happens at each look, by its number. */
async function deployed(
  act: (look: number, sentinel: Sentinel) => void,
  options: Partial<Followed> = {},
): Promise<{ verdict: Verdict; told: string[] }> {
  const fs = freshMachine();
  const sentinel = sentinelOver(fs);
  sentinel.confirmHealthy();
  fs.put(DOWNLOAD, "#!build 2.0.0", 0o755);
  const seen = sentinel.history().length;
  sentinel.swap(DOWNLOAD, "2.0.0");
  const told: string[] = [];
  let now = 0;
  let look = 0;
  const verdict = await followBuild({ version: "2.0.0", digest: sentinel.status().live.digest, seen }, {
    status: () => sentinel.status(),
    history: () => sentinel.history(),
    now: () => now,
    clock: () => Date.now(),
    pause: (ms) => Promise.resolve(void (now += ms, act(++look, sentinel))),
    isLeft: () => false,
    tell: ({ event }) => told.push(event),
    ...options,
  }, 10_000);
  return { verdict, told };
}

/** The verdict of who looks once at 2.0.0, and leaves. */
function glance(sentinel: Sentinel, digest: string, options: Partial<Followed> = {}): Promise<Verdict> {
  return followBuild({ version: "2.0.0", digest, seen: 0 }, {
    status: () => sentinel.status(),
    history: () => [],
    now: () => 0,
    clock: () => 0,
    pause: () => Promise.resolve(),
    isLeft: () => true,
    tell() {},
    ...options,
  }, 1);
}

test("a build that is confirmed was deployed, and its boots are told as they come", async () => {
  const { verdict, told } = await deployed((look, sentinel) => {
    if (look <= 2) sentinel.boot();
    else sentinel.confirmHealthy();
  });
  assert.deepEqual(verdict, { kind: "confirmed" });
  assert.deepEqual(told, ["armed", "attempt", "attempt", "confirmed"]);
});

test("a build that is put back failed, with the reason and the build that runs", async () => {
  const { verdict, told } = await deployed((_, sentinel) => void sentinel.boot());
  assert.equal(verdict.kind, "failed");
  assert.match(verdict.kind === "failed" ? verdict.reason : "", /was put back: not confirmed in 3 boots/);
  assert.deepEqual(told, ["armed", "attempt", "attempt", "attempt", "rolled-back"]);
});

test("a build that is put back failed with how its boots ended", async () => {
  const { verdict } = await deployed((_, sentinel) => {
    sentinel.boot();
    sentinel.reportEnded("exit 1", ["opening", "cannot migrate"]);
  });
  const ends = verdict.kind === "failed" ? verdict.ends : [];
  assert.deepEqual([ends.length, ends.at(-1)?.words], [3, ["opening", "cannot migrate"]]);
});

test("a build that is declared bad failed for that reason", async () => {
  const { verdict } = await deployed((look, sentinel) => {
    if (look === 1) sentinel.fail("answers 500");
    else sentinel.boot();
  });
  assert.match(verdict.kind === "failed" ? verdict.reason : verdict.kind, /put back: answers 500/);
});

test("a build that is declared bad, and not restarted, is told soon with what is needed", async () => {
  const { verdict } = await deployed((look, sentinel) => {
    if (look === 1) sentinel.boot();
    if (look === 2) sentinel.fail("answers 500");
    assert.ok(look < 40, "it is not waited for");
  });
  const reason = "it was declared bad: answers 500; the next start puts sha256:12c8b681065c back";
  assert.deepEqual(verdict, { kind: "undecided", why: "stuck", reason, needsStart: true });
});

test("a deadline that has passed is not told as one that comes", async () => {
  const until = "2026-01-01T00:00:00.000Z";
  const reasonAt = async (clock: number) => {
    const fs = freshMachine();
    const sentinel = sentinelOver(fs);
    sentinel.confirmHealthy();
    fs.put(DOWNLOAD, "#!build 2.0.0", 0o755);
    sentinel.swap(DOWNLOAD, "2.0.0");
    sentinel.boot();
    const { digest } = sentinel.status().live;
    const verdict = await glance(sentinel, digest, {
      status: () => ({ ...sentinel.status(), watcher: { pid: 1, since: until, until } }),
      clock: () => clock,
    });
    return verdict.kind === "undecided" ? [verdict.reason, verdict.needsStart] : [];
  };
  const at = Date.parse(until);
  assert.deepEqual(await reasonAt(at - 1), [`boot 1 of 3 of 2.0.0 is watched until ${until}`, false]);
  assert.deepEqual(await reasonAt(at + 1), ["boot 1 of 3 of 2.0.0 was not healthy in time", true]);
});

test("without a restart there is no verdict, and that is what is told", async () => {
  const { verdict } = await deployed(() => {});
  const reason = "no boot of 2.0.0 was counted yet";
  assert.deepEqual(verdict, { kind: "undecided", why: "late", reason, needsStart: true });
});

test("a service that stays down is told at once, and asked for only when nothing happens", async () => {
  let [looks, asked] = [0, 0];
  const { verdict } = await deployed((look, sentinel) => {
    looks = look;
    if (look <= 2) sentinel.boot();
  }, { down: () => Promise.resolve(++asked < 2 ? undefined : "it is down") });
  assert.deepEqual(verdict, { kind: "undecided", why: "stuck", reason: "it is down", needsStart: true });
  assert.equal(looks, 2 + 2 * 5, "each second, not at each look");
});

test("a build that was put back before the service went down failed for its own reason", async () => {
  let sentinel: Sentinel | undefined;
  const { verdict } = await deployed((_, one) => void (sentinel = one), {
    down() {
      for (let boot = 0; boot < 4; boot++) sentinel?.boot();
      return Promise.resolve("it is down");
    },
  });
  assert.match(verdict.kind === "failed" ? verdict.reason : verdict.kind, /was put back: not confirmed in 3 boots/);
});

test("who leaves changes nothing", async () => {
  const { verdict } = await deployed((_, sentinel) => void sentinel.boot(), { isLeft: () => true });
  assert.equal(verdict.kind === "undecided" && verdict.why, "left");
});

test("a build that somebody else replaces was not deployed", async () => {
  const fs = freshMachine();
  const sentinel = sentinelOver(fs);
  sentinel.confirmHealthy();
  fs.put(DOWNLOAD, "#!build 2.0.0", 0o755);
  sentinel.swap(DOWNLOAD, "2.0.0");
  const { digest } = sentinel.status().live;
  fs.put(EXE, "#!build 3.0.0", 0o755);
  const verdict = await glance(sentinel, digest);
  assert.match(verdict.kind === "failed" ? verdict.reason : verdict.kind, /somebody else replaced the program/);
});

test("at no moment of a rollback is its reason anything else than why the build failed", async () => {
  const fs = freshMachine();
  let look = () => {};
  const sentinel = sentinelOver(observedFs(fs, { after: () => look() }));
  sentinel.confirmHealthy();
  fs.put(DOWNLOAD, "#!build 2.0.0", 0o755);
  sentinel.swap(DOWNLOAD, "2.0.0");
  for (let boot = 0; boot < 3; boot++) sentinel.boot();
  const onlooker = sentinelOver(fs);
  const { digest } = onlooker.status().live;
  const verdicts: Promise<Verdict>[] = [];
  look = () => void verdicts.push(glance(onlooker, digest));
  assert.equal(sentinel.boot().kind, "rolledBack");
  const seen = new Set(
    (await Promise.all(verdicts)).map((verdict) => "reason" in verdict ? verdict.reason : verdict.kind),
  );
  assert.deepEqual([...seen], [
    "boot 3 of 3 of 2.0.0: nobody waits for it to be healthy",
    "sha256:12c8b681065c was put back: not confirmed in 3 boots",
  ]);
});
