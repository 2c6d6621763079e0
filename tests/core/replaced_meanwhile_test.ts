/** Somebody who takes no lock replaces the program while a command runs. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { atEveryMoment, watching } from "../support/disk/moments.ts";
import { EXE, versionAt } from "../support/disk/world.ts";

const BAD = "#!build 9";

test("a build that is moved into place at any moment of any command is no last-good, and is rolled back", () => {
  const { moments, bad } = atEveryMoment({
    commands: {
      boot: ["steady", "probation", "exhausted", "interrupted", "restored", "chained"],
      confirm: ["steady", "probation", "restored", "chained"],
      swap: ["steady", "probation", "restored", "chained"],
      arm: ["steady", "chained"],
      rollback: ["probation", "chained"],
      "rollback --to": ["chained"],
      fail: ["probation"],
    },
    act(fs) {
      fs.put("/up/bad", BAD, 0o755);
      fs.rename("/up/bad", EXE);
    },
    judge(fs) {
      for (let boot = 1; boot <= 7; boot++) watching(fs).boot();
      const wrong: string[] = [];
      if (fs.texts()[EXE] === BAD) wrong.push(`it is never rolled back, the state is ${watching(fs).status().state}`);
      const lastGood = versionAt(fs, `${EXE}.last-good`);
      if (lastGood !== "1" && lastGood !== "2") wrong.push(`last-good is ${lastGood}`);
      return wrong;
    },
  });
  console.log(`replaced at ${moments} moments`);
  assert.deepEqual(bad, []);
  assert.ok(moments > 500, `only ${moments} moments`);
});
