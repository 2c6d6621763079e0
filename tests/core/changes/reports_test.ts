/** What a watcher reports on a boot, and what the gate makes of it. @module */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CoreSentinel } from "../../support/core_sentinel.ts";
import { inTempDir } from "../../support/temp.ts";
import { machine, rolledBack, tokenOf } from "../watched_machine.ts";

describe("the boots of a watched program", () => {
  it("a boot that was stopped on request does not count, whatever its exit code was", () => {
    machine(({ at, boot, install, attempts }) => {
      install("2.0.0");
      for (let stop = 0; stop < 10; stop++) {
        const token = tokenOf(boot());
        assert.equal(attempts(), 1);
        assert.ok(at().reportStopped("asked", { token }));
        assert.equal(attempts(), 0);
      }
    });
  });

  it("the watcher and the stop command together give a boot back once", () => {
    machine(({ at, boot, install, attempts }) => {
      install("2.0.0");
      boot();
      const token = tokenOf(boot());
      assert.ok(at().reportStopped("asked", { token }));
      assert.ok(!at().reportStopped("asked"));
      assert.equal(attempts(), 1);
    });
  });

  it("reboots that the system asked for are no failures, ten in a row", () => {
    machine(({ at, boot, install, newBoot, attempts }) => {
      install("2.0.0");
      for (let reboot = 0; reboot < 10; reboot++) {
        assert.equal(boot().kind, "proceed");
        at().reportStopped("shutdown");
        newBoot();
      }
      assert.equal(attempts(), 0);
    });
  });

  it("a power cut costs one attempt, not more", () => {
    machine(({ boot, install, newBoot, attempts }) => {
      install("2.0.0");
      boot();
      newBoot();
      assert.equal(boot().kind, "proceed");
      assert.equal(attempts(), 2);
    });
  });

  it("the end of another start than the counted one gives nothing back", () => {
    machine(({ at, install, attempts }) => {
      install("2.0.0");
      at("start-1").boot();
      assert.ok(!at().reportStopped("asked", { invocation: "start-0" }));
      assert.equal(attempts(), 1);
      assert.ok(at().reportStopped("asked", { invocation: "start-1" }));
    });
  });

  it("a boot that was not healthy at its deadline counts, however it ends", () => {
    machine(({ at, boot, install, attempts }) => {
      install("2.0.0");
      const token = tokenOf(boot());
      assert.ok(at().reportUnhealthy(token, "503"));
      assert.ok(!at().reportStopped("asked", { token }));
      assert.equal(attempts(), 1);
    });
  });

  it("ordinary boots without an update are not counted, a hundred of them", () => {
    machine(({ boot, exe, at }) => {
      for (let count = 0; count < 100; count++) {
        assert.deepEqual(boot(), { kind: "proceed", state: "steady", attempts: 0 });
      }
      assert.equal(at().status().pending, null);
      assert.match(readFileSync(exe, "utf8"), /1\.0\.0/);
    });
  });

  it("a healthy build is confirmed, and no crash takes it back afterwards", () => {
    machine(({ at, boot, install, exe }) => {
      install("2.0.0");
      assert.equal(at().reportHealthy(tokenOf(boot())).kind, "promoted");
      for (let crash = 0; crash < 10; crash++) assert.equal(boot().kind, "proceed");
      assert.match(readFileSync(exe, "utf8"), /2\.0\.0/);
    });
  });

  it("a report on an earlier boot or build changes nothing", () => {
    machine(({ at, boot, install }) => {
      install("2.0.0");
      const old = tokenOf(boot());
      boot();
      assert.equal(at().reportHealthy(old).kind, "superseded");
      const current = tokenOf(boot());
      install("3.0.0");
      assert.equal(at().reportHealthy(current).kind, "superseded");
      assert.ok(!at().reportUnhealthy(current, "late"));
      assert.ok(!at().reportStopped("late", { token: current }));
      assert.equal(at().status().pending?.version, "3.0.0");
    });
  });

  it("a program without last-good is watched, and its first healthy build is kept", () => {
    inTempDir((dir) => {
      const exe = join(dir, "app");
      writeFileSync(exe, "#!/bin/sh\n", { mode: 0o755 });
      const sentinel = new CoreSentinel({ dataDir: dir, exe, watched: true }, { log: () => {} });
      const token = tokenOf(sentinel.boot());
      assert.ok(token.lenient);
      assert.equal(sentinel.reportHealthy(token).kind, "seeded");
      assert.equal(sentinel.boot().token, undefined);
    });
  });

  it("a first build that was replaced meanwhile is not kept", () => {
    inTempDir((dir) => {
      const exe = join(dir, "app");
      writeFileSync(exe, "#!/bin/sh\n", { mode: 0o755 });
      const sentinel = new CoreSentinel({ dataDir: dir, exe, watched: true }, { log: () => {} });
      const token = tokenOf(sentinel.boot());
      writeFileSync(exe, "#!/bin/sh\n# never ran\n", { mode: 0o755 });
      assert.equal(sentinel.reportHealthy(token).kind, "superseded");
      assert.equal(sentinel.status().lastGood, null);
    });
  });

  it("without a watcher nothing asks for one", () => {
    inTempDir((dir) => {
      const exe = join(dir, "app");
      writeFileSync(exe, "#!/bin/sh\n", { mode: 0o755 });
      assert.equal(new CoreSentinel({ dataDir: dir, exe }, { log: () => {} }).boot().token, undefined);
    });
  });
});

describe("a build that was put back", () => {
  it("goes through the same probes, and once it is healthy nothing is counted any more", () => {
    machine((m) => {
      const token = tokenOf(rolledBack(m, 2));
      assert.equal(token.kind, "restored");
      assert.equal(m.at().reportHealthy(token).kind, "restored");
      assert.deepEqual(m.boot(), { kind: "proceed", state: "steady", attempts: 0 });
      assert.equal(m.at().status().state, "rolled-back");
      assert.ok(m.at().isQuarantined("2.0.0"));
    });
  });

  it("that fails alike blames the environment: the quarantine is suspect and lifted at the next success", () => {
    machine((m) => {
      rolledBack(m, 2);
      assert.equal(m.boot(2).kind === "proceed" && m.boot(2).kind, "proceed");
      const outcome = m.boot(2);
      assert.ok(outcome.kind === "proceed" && outcome.state === "environment");
      assert.ok(outcome.token?.lenient, "ending it would help nobody");
      const status = m.at().status();
      assert.equal(status.quarantined[0]?.doubtful, true);
      assert.ok(status.problems.some(({ code }) => code === "environment"));
      assert.ok(m.at().isQuarantined("2.0.0"), "held until the next success");

      const report = m.at().reportHealthy(tokenOf(outcome));
      assert.ok(report.kind === "restored");
      assert.deepEqual(report.lifted, ["2.0.0"]);
      assert.ok(!m.at().isQuarantined("2.0.0"));
      assert.deepEqual(m.at().status().problems, []);
    });
  });

  it("keeps what was held by hand, whatever the environment does", () => {
    machine((m) => {
      m.install("2.0.0");
      m.boot();
      m.at().rollback({ reason: "answers nonsense" });
      for (let count = 0; count < 5; count++) m.boot(2);
      assert.equal(m.at().status().quarantined[0]?.doubtful, undefined);
    });
  });

  it("a stop on request is given back to it, too", () => {
    machine((m) => {
      rolledBack(m, 2);
      for (let stop = 0; stop < 5; stop++) {
        m.boot(2);
        assert.ok(m.at().reportStopped("asked"));
      }
      assert.equal(m.at().status().quarantined[0]?.doubtful, undefined);
    });
  });

  it("the brake belongs to one update: the next bad one is rolled back, too", () => {
    machine((m) => {
      rolledBack(m, 2);
      m.install("3.0.0");
      m.boot(2);
      m.boot(2);
      assert.equal(m.boot(2).kind, "rolledBack");
      assert.ok(m.at().isQuarantined("3.0.0"));
    });
  });
});
