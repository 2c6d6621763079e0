/** The herd's answer about a build, from the file alone. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { positionOf } from "../../../src/herd/admitted.ts";
import { type AskOptions, herdAnswer } from "../../../src/herd/machine/herd_answer.ts";
import { type HerdFile, NOTHING, readHerdFile } from "../../../src/herd/machine/herd_file.ts";
import { memoryFs } from "../../../src/testing.ts";
import { digestOf } from "../../support/herd/reports.ts";

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const DIGEST = digestOf("a");
const OPTIONS: AskOptions = { policy: "open", now: NOW };
const FETCHED: HerdFile = { ...NOTHING, machine: "UM1", fetchedAt: NOW - 3 * MINUTE };
const build = { version: "2.0.0", digest: DIGEST };
const said = (
  file: Partial<HerdFile>,
  options: Partial<AskOptions> = {},
  asked: typeof build | { version: string } = build,
) => herdAnswer({ ...FETCHED, ...file }, asked, { ...OPTIONS, ...options });
const refused = { kind: "refuse", by: "judge", reason: "it failed on 4 machines", at: NOW };

test("a refused build is refused, with the reason and the age of the answer", () => {
  assert.deepEqual(said({ builds: { [DIGEST]: { share: 1, verdict: refused } } }), {
    kind: "refused",
    text: "is refused by the herd: it failed on 4 machines (its last answer is 3 minutes old)",
  });
});

test("a build is free on the machines of its share, and canaries have a share of their own", () => {
  const place = positionOf(DIGEST, "UM1");
  const kindAt = (share: number, canaries?: number, group?: "canary") =>
    said({ builds: { [DIGEST]: { share, canaries } } }, { group }).kind;
  assert.deepEqual([kindAt(place - 0.001), kindAt(place + 0.001), kindAt(1), kindAt(0)], [
    "notYet",
    "free",
    "free",
    "notYet",
  ]);
  assert.deepEqual([kindAt(0, 1), kindAt(0, 1, "canary")], ["notYet", "free"]);
  assert.match(said({ builds: { [DIGEST]: { share: 0.0004 } } }).text, /not admitted on this machine yet: 0\.04 % of/);
});

test("a build that the judge has not decided on is not free while the herd answers", () => {
  assert.equal(said({}).kind, "notYet");
});

test("without any answer the policy decides", () => {
  const kinds = (file: Partial<HerdFile>) => (["open", "closed"] as const).map((policy) => said(file, { policy }).kind);
  assert.deepEqual(kinds({ fetchedAt: 0 }), ["free", "notYet"], "never asked");
  assert.deepEqual(kinds({ offline: "nobody answers" }), ["free", "notYet"], "not reached");
  assert.deepEqual(kinds({ fetchedAt: NOW - 25 * 60 * MINUTE }), ["free", "notYet"], "not asked for a day");
});

test("the last answer stands, however old it is", () => {
  const old = { fetchedAt: NOW - 90 * 24 * 60 * MINUTE, offline: "nobody answers" };
  const { kind, text } = said({ ...old, builds: { [DIGEST]: { verdict: refused } } });
  assert.equal(kind, "refused");
  assert.match(text, /its last answer is 90 days old; since then: nobody answers/);
  assert.equal(said({ ...old, builds: { [DIGEST]: { share: 0 } } }).kind, "notYet");
});

test("builds of one version are told apart by their bytes; without bytes any refused one counts", () => {
  const builds = { [digestOf("b")]: { version: "2.0.0", verdict: refused }, [DIGEST]: { version: "2.0.0", share: 1 } };
  assert.equal(said({ builds }).kind, "free");
  assert.equal(said({ builds }, {}, { version: "2.0.0" }).kind, "refused");
  assert.equal(said({ builds }, {}, { version: "3.0.0" }).kind, "free");
});

test("a clock that was set back is no old answer", () => {
  assert.match(said({ fetchedAt: NOW + MINUTE }).text, /its last answer is 0 seconds old/);
});

test("where the file cannot be used, the policy decides, and the true reason is told", () => {
  const fs = memoryFs();
  const asked = (content: string, mode: number, policy: AskOptions["policy"] = "open") => {
    fs.put("/state/.boot-herd.json", content, mode);
    const { kind, text } = herdAnswer(readHerdFile(fs, "/state"), build, { ...OPTIONS, policy });
    return `${kind}: ${text}`;
  };
  assert.equal(
    asked(JSON.stringify({ ...FETCHED, schema: 99 }), 0o600),
    "free: may be installed: the herd's last answer cannot be used (/state/.boot-herd.json: it has schema 99, and this " +
      "program supports only 1; use the program that wrote it, or remove it: rm /state/.boot-herd.json), and the policy " +
      "is open",
  );
  const open = asked(JSON.stringify({ ...FETCHED, schema: 1 }), 0o666, "closed");
  assert.match(open, /^notYet: is not admitted yet: .* other users can write it \(mode 666\); inspect it, then: chmod/);
  assert.match(asked("{", 0o600), /it is not JSON; the next sync writes it anew/);
});
