/** The watcher, with a machine of the test's own. @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HealthReport } from "../../../src/core/changes/reports.ts";
import type { BootToken } from "../../../src/core/gate/boot_token.ts";
import { parseProbe } from "../../../src/service/health/probes/parse_probe.ts";
import { type Watch, watchService } from "../../../src/service/health/watcher.ts";
import { processIo, withIo } from "../../../src/system/process/process_io.ts";
import { says } from "../../support/command_line.ts";

interface Scene {
  /** Exit on its own at this uptime. */
  readonly diesAt?: number;
  /** Time from SIGTERM to its end. */
  readonly endsAfter?: number;
  readonly healthyAt?: number;
  /** SIGTERM reaches the watcher. */
  readonly termAt?: number;
  readonly unit?: string;
  readonly jobs?: string;
  readonly lenient?: boolean;
  readonly hurried?: boolean;
  /** Somebody else has to confirm the build within 10 minutes, and does at this uptime. */
  readonly confirmedAt?: number;
  readonly reports?: Partial<Watch["reports"]>;
}

/** Plays a scene; answers with what was done, in order. */
async function play(scene: Scene): Promise<string[]> {
  let now = 0;
  let diesAt = scene.diesAt ?? Infinity;
  let term: () => void = () => {};
  const done: string[] = [];
  const log: string[] = [];
  const token: BootToken = { kind: "probation", boot: 1, lenient: scene.lenient ?? false, hurried: scene.hurried };
  const io = withIo(processIo, {
    sayReady: () => {},
    unitOf: () => scene.unit === undefined ? undefined : { name: scene.unit, isUsers: false },
    systemctl: says(scene.jobs),
    shell: () => Promise.resolve(now >= (scene.healthyAt ?? Infinity) ? 0 : 1),
    now: () => now,
    pause(ms) {
      const before = now;
      now += ms;
      if (scene.termAt !== undefined && before < scene.termAt && now >= scene.termAt) term();
      return Promise.resolve();
    },
    onTermination: (listener) => void (term = listener),
  });
  const healthy: HealthReport = { kind: "promoted", version: "2.0.0" };
  await watchService({
    token,
    service: {
      pid: 1,
      alive: () => now < diesAt,
      signal(signal, options) {
        done.push(signal + (options?.group === true ? " to the group" : ""));
        diesAt = signal === "SIGKILL" ? now : now + (scene.endsAfter ?? 0);
        return true;
      },
      close: () => {},
    },
    policy: scene.confirmedAt !== undefined ? { confirmWithinMs: 600_000 } : {
      probes: [parseProbe("exec:look")],
      advisory: [],
      intervalMs: 1000,
      timeoutMs: 1000,
      passes: 3,
      healthyAfterMs: 10_000,
      deadlineMs: 60_000,
    },
    stopTimeoutMs: 10_000,
    reports: {
      healthy: () => (done.push("healthy"), healthy),
      unhealthy: (_token, reason) => (done.push(reason.replace(/^not healthy.*/, "unhealthy")), true),
      stopped: () => (done.push("stopped"), true),
      ended: () => false,
      isOpen: () => now < (scene.confirmedAt ?? Infinity),
      crashed: () => false,
      lasted: () => false,
      ...scene.reports,
    },
    io,
    log: (_level, message) => log.push(message),
  });
  return done;
}

describe("watchService()", () => {
  it("confirms a healthy service and leaves it alone", async () => {
    assert.deepEqual(await play({ healthyAt: 5_000 }), ["healthy"]);
  });

  it("a hung build is counted first and then ended, without outside help", async () => {
    assert.deepEqual(await play({ endsAfter: 2_000 }), ["unhealthy", "SIGTERM"]);
  });

  it("a build that missed its deadline before is ended in half the time", async () => {
    assert.deepEqual(await play({ healthyAt: 40_000 }), ["healthy"]);
    assert.deepEqual(await play({ healthyAt: 40_000, hurried: true }), ["unhealthy", "SIGTERM"]);
  });

  it("a build that is deaf to SIGTERM is killed with its group", async () => {
    assert.deepEqual(await play({ endsAfter: Infinity }), ["unhealthy", "SIGTERM", "SIGKILL to the group"]);
  });

  it("a service is not ended on account of a boot that is not the current one", async () => {
    assert.deepEqual(await play({ reports: { unhealthy: () => false } }), []);
  });

  it("trouble of our own is no evidence against the service: it keeps running", async () => {
    const fails = () => {
      throw new Error("read-only file system");
    };
    assert.deepEqual(await play({ reports: { unhealthy: fails } }), []);
    assert.deepEqual(await play({ healthyAt: 0, reports: { healthy: fails } }), []);
  });

  it("where there is nothing to put back the service is left running", async () => {
    assert.deepEqual(await play({ lenient: true, healthyAt: 600_000 }), ["healthy"]);
  });

  it("says nothing about a service that has ended: its boot was counted at the gate", async () => {
    assert.deepEqual(await play({ diesAt: 5_000, healthyAt: 0 }), []);
  });

  it("gives the boot back when it is asked to end while the service lives", async () => {
    assert.deepEqual(await play({ termAt: 5_000 }), ["stopped"]);
    assert.deepEqual(await play({ termAt: 5_000, unit: "web.service", jobs: "1 web.service stop running" }), [
      "stopped",
    ]);
  });

  it("is not misled by systemd's sweeping up after a crash, or after a start that took too long", async () => {
    assert.deepEqual(await play({ diesAt: 4_950, termAt: 5_000 }), []);
    assert.deepEqual(await play({ termAt: 5_000, unit: "web.service", jobs: "1 web.service start running" }), []);
  });

  it("leaves a build to somebody else's confirm, and ends it when that does not come in time", async () => {
    assert.deepEqual(await play({ confirmedAt: 599_000 }), []);
    assert.deepEqual(await play({ confirmedAt: Infinity }), ["not confirmed within 10m", "SIGTERM"]);
    assert.deepEqual(
      await play({ confirmedAt: Infinity, hurried: true, diesAt: 599_000 }),
      [],
      "it has all of its time",
    );
    assert.deepEqual(await play({ confirmedAt: 5_000_000, lenient: true }), [], "nothing better could be started");
    assert.deepEqual(await play({ confirmedAt: Infinity, termAt: 5_000 }), ["stopped"]);
  });

  it("gives the boot back when systemd does not say whether that was asked for: silence condemns nobody", async () => {
    assert.deepEqual(await play({ termAt: 5_000, unit: "web.service" }), ["stopped"]);
  });
});
