/** Which boots are hurried: those of a build that missed its deadline before. @module */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { boot } from "../../../src/core/gate/boot.ts";
import { machine, rolledBack, tokenOf } from "../watched_machine.ts";

describe("the token of a boot", () => {
  it("where somebody else has to confirm in time, an armed build has one, and one that was put back has none", () => {
    machine(({ at, install }) => {
      const awaited = () => boot(at().ports, { ...at().subject, watched: false, awaited: true });
      assert.equal(awaited().token, undefined);
      install("2.0.0");
      for (const _ of [1, 2, 3]) assert.equal(tokenOf(awaited()).kind, "probation");
      const outcome = awaited();
      assert.deepEqual([outcome.kind, outcome.token, awaited().token], ["rolledBack", undefined, undefined]);
    });
  });

  it("after one that missed its deadline is hurried, until another build comes", () => {
    machine(({ at, boot, install }) => {
      install("2.0.0");
      const first = tokenOf(boot());
      assert.equal(first.hurried, undefined);
      assert.ok(at().reportUnhealthy(first, "503"));
      assert.equal(at().openToken()?.hurried, true);
      assert.equal(tokenOf(boot()).hurried, true);
      assert.equal(tokenOf(boot()).hurried, true, "a crash in between does not reset it");
      install("3.0.0");
      assert.equal(tokenOf(boot()).hurried, undefined);
    });
  });

  it("a crash does not hurry the next boot", () => {
    machine(({ boot, install }) => {
      install("2.0.0");
      boot();
      assert.equal(tokenOf(boot()).hurried, undefined);
    });
  });

  it("misses are counted, each boot once", () => {
    machine(({ at, boot, install, exe }) => {
      install("2.0.0");
      const missed = () => JSON.parse(readFileSync(join(dirname(exe), ".boot-sentinel.json"), "utf8")).missed;
      for (const expected of [1, 2]) {
        const token = tokenOf(boot());
        at().reportUnhealthy(token, "503");
        at().reportUnhealthy(token, "503");
        assert.equal(missed(), expected);
      }
    });
  });

  it("a count of the wrong type is none", () => {
    machine(({ at, boot, install, exe }) => {
      install("2.0.0");
      const path = join(dirname(exe), ".boot-sentinel.json");
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), missed: "often" }));
      at().reportUnhealthy(tokenOf(boot()), "503");
      assert.equal(JSON.parse(readFileSync(path, "utf8")).missed, 1);
    });
  });

  it("of a build that was put back is hurried once it has missed its deadline", () => {
    machine((m) => {
      const first = tokenOf(rolledBack(m, 2));
      assert.equal(first.hurried, undefined);
      assert.ok(m.at().reportUnhealthy(first, "503"));
      assert.equal(m.at().openToken()?.hurried, true);
      assert.equal(tokenOf(m.boot(2)).hurried, true);
    });
  });
});
