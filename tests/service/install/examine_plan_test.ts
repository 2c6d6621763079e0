/** What keeps a service from being guarded, and what is only said. @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bad, note } from "../../../src/service/doctor/check.ts";
import { machineWith, PLAN } from "./systemd/machine.ts";

const FROZEN = bad("replacing", "immutable", "/opt/web/server is immutable", "chattr -i /opt/web/server");
const FAILS = bad("probe", "probe-fails", "tcp://127.0.0.1:1 does not answer", "correct --probe");

describe("service install", () => {
  it("refuses what could not be put back, with the first reason first, and writes nothing", async () => {
    const { manager, texts } = machineWith({ examine: () => [FROZEN, FAILS] });
    const before = texts();
    await assert.rejects(
      manager.install(PLAN),
      /Cannot guard web, nothing was changed: \/opt\/web\/server is immutable; chattr -i \/opt\/web\/server; and then: tcp/,
    );
    assert.deepEqual(texts(), before);
  });

  it("is not kept back by what the drop-in mends, and does not repeat it", async () => {
    const { manager } = machineWith({ examine: () => [bad("restart", "no-restart", "Restart=no", "Restart=always")] });
    assert.ok((await manager.install(PLAN)).every((message) => !message.includes("Restart=no")));
  });

  it("says what the operator has to decide, and goes on", async () => {
    const wide = bad("access", "access-too-wide", "every user can replace it", "chmod o-w");
    const { manager, texts } = machineWith({ examine: () => [wide, note("probe", "probe-cached", "a cache answers")] });
    const messages = await manager.install(PLAN);
    assert.ok(
      messages.includes("Note: access: every user can replace it") && messages.includes("Note: probe: a cache answers"),
    );
    assert.ok(texts()["/etc/systemd/system/web.service"] !== undefined);
  });
});

describe("service show", () => {
  it("tells all that was found, also what would keep it from being installed", async () => {
    const { manager } = machineWith({ examine: () => [FROZEN] });
    assert.deepEqual((await manager.show(PLAN)).findings, [FROZEN]);
  });

  it("tells the package that owns the program", async () => {
    const { manager } = machineWith({
      answers: { "-S /opt/web/server": "web: /opt/web/server\n", "-W -f=${Version} web": "1.2-3" },
    });
    const [found] = (await manager.show(PLAN)).findings;
    assert.equal(found?.code, "package-owned");
    assert.match(found?.text ?? "", /belongs to the package web 1\.2-3/);
  });
});
