/** What the judge takes note of, and which machines it admits. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAdmitted, positionOf } from "../../../src/herd/admitted.ts";
import { Fleet } from "../../../src/herd/judge/fleet.ts";
import { herdView } from "../../../src/cli/output/herd/herd_view.ts";
import { herdStatus } from "../../../src/herd/judge/herd_status.ts";
import { judge } from "../../../src/herd/judge/judge.ts";
import { signed } from "../../../src/herd/messages/signed.ts";
import type { Verdict } from "../../../src/herd/messages/verdict.ts";
import { newKeyPair } from "../../../src/system/crypto/ed25519.ts";
import { digestOf, machinesOf, report, withMachines } from "../../support/herd/reports.ts";

const APP = "web";
const NOW = Date.UTC(2026, 0, 1);
const DAY = 24 * 3600 * 1000;
const OPTIONS = { quorum: 2, threshold: 0.05, windowMs: 600_000, machines: 0 };
const NEW = digestOf("a");
const person = newKeyPair();
const fleet = () => new Fleet({ app: APP, keys: [person.publicKey], clock: () => NOW });
const judgedOf = (of: Fleet, now = 0, options = OPTIONS) =>
  judge(of, options, { now, at: NOW }).find(({ build }) => build.digest === NEW);

/** The machines that an admission lets take a build. */
function admittedBy(of: Fleet, names: readonly string[], options = OPTIONS): string[] {
  const admission = judgedOf(of, 0, options)?.admission;
  assert.ok(admission !== undefined);
  return names.filter((name) => isAdmitted(positionOf(NEW, name), of.machines.get(name)?.isCanary === true, admission));
}

test("the first cohort is exactly as large as it should be, and others for another build", () => {
  const names = machinesOf(1000);
  const all = withMachines(fleet(), names);
  all.report(NEW, "M1", report("waiting"));
  const first = admittedBy(all, names);
  assert.equal(first.length, 20);
  assert.notDeepEqual(first, names.filter((name) => positionOf(digestOf("b"), name) < 0.02));
});

test("canaries are admitted before all others", () => {
  const names = machinesOf(300);
  const all = withMachines(withMachines(fleet(), names), names.slice(0, 8), { group: "canary" });
  all.report(NEW, "M100", report("waiting"));
  assert.deepEqual(admittedBy(all, names), names.slice(0, 8));
});

test("while fewer machines are known than there are, no larger share is admitted for it", () => {
  const names = machinesOf(5);
  const all = withMachines(fleet(), names);
  all.report(NEW, "M1", report("waiting"));
  const share = judgedOf(all, 0, { ...OPTIONS, machines: 10_000 })?.admission?.share ?? 1;
  assert.ok(share < 0.01, String(share));
});

test("nothing is decided on a build that was there before, and that nobody waits for", () => {
  assert.deepEqual(judge(withMachines(fleet(), machinesOf(10)), OPTIONS, { now: 0, at: NOW }), []);
});

test("garbage, oversized values and keys of nobody are ignored", () => {
  const all = fleet();
  const value = JSON.stringify(report("failed", { environment: false }));
  const entries: [string, string | undefined][] = [
    [`report.${NEW}.M1`, "{"],
    [`report.${NEW}.M1`, undefined],
    [`report.${NEW}.M1`, JSON.stringify({ ...report("failed"), more: "x".repeat(10_000) })],
    [`report.${NEW}.M1`, JSON.stringify(report("failed", { reason: "x".repeat(2_000) }))],
    [`report.${NEW}.M1`, JSON.stringify({ ...report("failed"), outcome: "wonderful" })],
    [`report.nothing.M1`, value],
    [`report.${NEW}.`, value],
    [`report.${NEW}.M 1`, value],
    [`admit.${NEW}`, JSON.stringify({ schema: 1, share: 7, at: 0, by: "judge" })],
    [`verdict.${NEW}`, "null"],
    ["", ""],
  ];
  for (const [key, value] of entries) all.take({ key, value, revision: 1 }, 0);
  assert.equal(all.machines.size, 0);
  assert.equal(judgedOf(all), undefined);
});

test("last words keep their lines, and lose what a terminal would obey", () => {
  const all = fleet();
  const value = JSON.stringify(report("failed", { reason: "exit 1\n", lastWords: "one\ntwo\x1b[2J" }));
  all.take({ key: `report.${NEW}.M1`, value, revision: 1 }, 0);
  const known = all.builds.get(NEW)?.reports.get("M1");
  assert.deepEqual([known?.reason, known?.lastWords], ["exit 1\\n", "one\ntwo\\x1b[2J"]);
});

test("a machine that reports builds without end takes no more room than for some", () => {
  const all = fleet();
  for (let i = 0; i < 200; i++) all.report(i.toString(16).padStart(64, "0"), "M1", report("waiting"));
  assert.equal(all.builds.size, 16);
});

test("counts that are kept up to date are those that are counted anew", () => {
  const names = machinesOf(200);
  const all = withMachines(fleet(), names.slice(0, 150));
  all.take(
    { key: `admit.${NEW}`, value: JSON.stringify({ schema: 1, share: 0.5, at: 0, by: "judge" }), revision: 1 },
    0,
  );
  const build = all.builds.get(NEW);
  assert.ok(build !== undefined);
  build.tally(all.machines);
  for (const name of names) all.report(NEW, name, report("waiting"));
  for (const name of names.slice(0, 90)) all.report(NEW, name, report("failed", { environment: false }));
  for (const name of names.slice(50, 120)) all.report(NEW, name, report("confirmed"));
  const compare = () => {
    const kept = structuredClone(build.tally(all.machines));
    build.recount();
    assert.deepEqual(build.tally(all.machines), kept);
    return kept;
  };
  assert.equal(compare().all.good, 70);
  for (const name of names.slice(3, 6)) all.report(NEW, name, report("probation", { group: "canary" }));
  assert.equal(compare().all.open, 83);
});

test("the version of a build is the one that most machines report, whichever report came last", () => {
  const all = fleet();
  for (const name of ["M1", "M2"]) all.report(NEW, name, report("waiting"));
  all.report(NEW, "M3", report("waiting", { version: "9.9.9" }));
  const build = all.builds.get(NEW);
  assert.equal(build?.version, "2.0.0");
  for (const name of ["M1", "M2"]) all.report(NEW, name, report("confirmed", { version: "2.0.1" }));
  assert.equal(build?.version, "2.0.1");
});

function verdict(kind: Verdict["kind"], at: number, key = person): string {
  const made: Verdict = { schema: 1, kind, by: key.publicKey, reason: "by hand", at };
  return JSON.stringify(signed(made, { app: APP, digest: NEW }, key.secretKey));
}

/** What holds after these values were written one after the other. */
function holding(...values: string[]): string | undefined {
  const all = fleet();
  values.forEach((value, i) => all.take({ key: `verdict.${NEW}`, value, revision: i + 1 }, 0));
  return all.builds.get(NEW)?.verdict?.kind;
}

test("what people sign holds until people sign something newer", () => {
  const byJudge = JSON.stringify({ schema: 1, kind: "refuse", by: "judge", reason: "", at: NOW });
  assert.equal(holding(byJudge, verdict("clear", NOW)), "clear");
  assert.equal(holding(verdict("clear", NOW), byJudge), "clear");
  assert.equal(holding(verdict("refuse", NOW), verdict("clear", NOW + 1)), "clear");
  assert.equal(holding(verdict("clear", NOW + 1), verdict("refuse", NOW)), "clear", "an old one that is written again");
});

test("verdicts with an unknown key, a wrong signature, of another build or from the far future are nobody's", () => {
  assert.equal(holding(verdict("refuse", NOW, newKeyPair())), undefined);
  assert.equal(holding(verdict("refuse", NOW).replace("by hand", "by foot")), undefined);
  assert.equal(holding(verdict("refuse", NOW + 30 * DAY)), undefined);
  assert.equal(holding(verdict("refuse", NOW + DAY)), "refuse", "a clock that is off by a day is none");
  const other: Verdict = { schema: 1, kind: "refuse", by: person.publicKey, reason: "by hand", at: NOW };
  const copied = JSON.stringify(signed(other, { app: APP, digest: digestOf("b") }, person.secretKey));
  assert.equal(holding(copied), undefined);
});

test("the status shows what people signed with a key that nobody named here, and no longer once it is replaced", () => {
  const all = withMachines(fleet(), machinesOf(2));
  const stranger = newKeyPair();
  const shown = () => herdView(herdStatus(all, undefined, OPTIONS, NOW));
  all.take({ key: `verdict.${NEW}`, value: verdict("refuse", NOW, stranger), revision: 1 }, 0);
  assert.ok(shown().includes(`refused by ${stranger.publicKey}, which is none of --herd-keys`), shown());
  all.take({ key: `verdict.${NEW}`, value: verdict("clear", NOW).replace("by hand", "x"), revision: 2 }, 0);
  assert.ok(shown().includes(`cleared by ${person.publicKey}, whose signature or time is wrong`), shown());
  all.take({ key: `verdict.${NEW}`, value: verdict("refuse", NOW), revision: 3 }, 0);
  assert.doesNotMatch(shown(), /none of|wrong/);
});
