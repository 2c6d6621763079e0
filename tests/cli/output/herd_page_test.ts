/** The page of a herd. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import axe from "axe-core";
import { JSDOM } from "jsdom";
import { herdPage } from "../../../src/cli/output/herd/page.ts";
import { herdView } from "../../../src/cli/output/herd/herd_view.ts";
import { whyText } from "../../../src/cli/herd/judged_text.ts";
import { STYLE } from "../../../src/cli/output/page/style.ts";
import { Fleet } from "../../../src/herd/judge/fleet.ts";
import { type HerdStatus, herdStatus } from "../../../src/herd/judge/herd_status.ts";
import { judge } from "../../../src/herd/judge/judge.ts";
import { digestOf, machinesOf, report, withMachines } from "../../support/herd/reports.ts";

const NOW = Date.UTC(2026, 0, 2);
const OPTIONS = { quorum: 2, threshold: 0.05, windowMs: 600_000, machines: 0 };
const NASTY = `<b>"exit" & 1</b>`;

/** A herd with a build that is everywhere, one that was refused in its second cohort, and one on its way. */
function status(): HerdStatus {
  const names = machinesOf(400);
  const fleet = withMachines(new Fleet({ app: "web", keys: [], clock: () => NOW }), names);
  const release = (
    digest: string,
    version: string,
    begun: number,
    passes: number,
    fails: (cohort: number) => boolean,
  ) => {
    fleet.report(digest, "M1", report("waiting", { version }));
    for (let pass = 0; pass < passes; pass++) {
      const times = { now: begun + pass * 60_000, at: begun + pass * 60_000 };
      const judged = judge(fleet, OPTIONS, times).find(({ build }) => build.digest === digest);
      const { admission, verdict } = judged ?? {};
      const key = verdict === undefined ? `admit.${digest}` : `verdict.${digest}`;
      fleet.take({ key, value: JSON.stringify(verdict ?? admission), revision: pass + 1 }, times.now);
      for (const name of names) {
        if ((judged?.build.positionOf(name) ?? 1) >= (admission?.share ?? 0) || judged?.build.reports.has(name)) {
          continue;
        }
        const failed = { version, reason: NASTY, lastWords: NASTY, environment: false, host: name };
        fleet.report(digest, name, fails(pass) ? report("failed", failed) : report("confirmed", { version }));
      }
    }
  };
  release(digestOf("1"), "2.0.0", NOW - 9_000_000, 8, () => false);
  release(digestOf("2"), `2.1.0 ${NASTY}`, NOW - 6_000_000, 3, (cohort) => cohort === 1);
  release(digestOf("3"), "2.2.0", NOW - 60_000, 1, () => false);
  return herdStatus(fleet, "judge-1", OPTIONS, NOW);
}

test("a build that waits for the quorum says so, and names no machines that have not decided", () => {
  const running = { kind: "running", leftMs: 8_100 } as const;
  const rest = "waiting for at most 9s";
  assert.equal(
    whyText({ ...running, undecided: 0 }),
    `fewer machines than the quorum have decided; ${rest}`,
  );
  assert.equal(whyText({ ...running, undecided: 1 }), `1 machine has not decided; ${rest}`);
});

test("the status says what each build has come to", () => {
  const states = status().builds.map(({ version, state }) => `${version} ${state}`);
  assert.deepEqual(states, ["2.2.0 spreading", `2.1.0 ${NASTY} refused`, "2.0.0 everywhere", "1.0.0 known"]);
  const refused = status().builds[1];
  assert.deepEqual(refused?.cohorts.map(({ added, counts: { confirmed, failed } }) => [added, confirmed, failed]), [
    [20, 20, 0],
    [20, 0, 20],
  ]);
  assert.deepEqual(refused?.failures.map(({ machines, reason }) => [machines, reason]), [[20, NASTY]]);
});

test("the text has a line for each build, and the reasons of failures", () => {
  const text = herdView(status());
  assert.match(text, /^herd web: 400 machines; judged by judge-1\n\nbuild +sha256 +state +share /);
  assert.match(text, /\n2\.2\.0 +333333333333 +spreading +\d(\.\d)? % /);
  assert.match(text, /\nWhy 2\.1\.0 .* failed:\n {2}20 × .*\(M\d+, .*, …\)\n/);
});

test("a herd without machines has a status, too", () => {
  const empty = herdStatus(new Fleet({ app: "web", keys: [], clock: () => NOW }), undefined, OPTIONS, NOW);
  assert.equal(
    herdView(empty),
    "herd web: 0 machines; no judge decides now: boot-sentinel herd judge\nNo machine has reported a build yet.\n",
  );
  assert.match(herdPage(empty, NOW), /No machine has reported a build yet/);
});

test("the page draws each cohort machine by machine, and texts of machines are no HTML", () => {
  const { document } = new JSDOM(herdPage(status(), NOW).replace(STYLE, "")).window;
  const squares = (kind: string) =>
    document.querySelectorAll(`[aria-labelledby=build-1] [role=img] rect.${kind}`).length;
  assert.deepEqual([squares("failed"), squares("confirmed")], [20, 20]);
  assert.equal(document.querySelectorAll("b").length, 0);
});

test("axe finds nothing wrong with the page", async () => {
  // Thousands of squares have nothing that axe looks for, and it looks at each.
  const page = herdPage(status(), NOW).replace(STYLE, "").replaceAll(/<rect [^>]*>/g, "");
  const { window } = new JSDOM(page, { runScripts: "outside-only" });
  window.eval(axe.source);
  const found = await window.eval(`axe.run(document, { rules: { "color-contrast": { enabled: false } } })
    .then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => [id, nodes[0].html])))`);
  assert.equal(found, "[]");
});
