/** The judge's rule for one build. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type BuildFacts, judgeBuild, type JudgeOptions } from "../../../src/herd/judge/judge_build.ts";
import { noVotes, type Votes } from "../../../src/herd/judge/tally.ts";

const MINUTE = 60_000;
const OPTIONS: JudgeOptions = { quorum: 2, threshold: 0.05, windowMs: 10 * MINUTE, machines: 0 };

/** A build in its first cohort, of 20 machines among 1,000. */
function facts(votes: Partial<Votes>, more: Partial<BuildFacts> = {}): BuildFacts {
  const admitted = { ...noVotes(), ...votes };
  return {
    admitted: { share: 0.02, since: 0 },
    tally: { all: admitted, admitted, members: 20 },
    canaries: 0,
    machines: 1000,
    ...more,
  };
}

const none = { all: noVotes(), admitted: noVotes(), members: 0 };
const judged = (build: BuildFacts, now = MINUTE, options: Partial<JudgeOptions> = {}) =>
  judgeBuild(build, { ...OPTIONS, ...options }, now);
const said = (...args: Parameters<typeof judged>) => {
  const { kind, why } = judged(...args);
  return `${kind} ${why.kind}`;
};
const admits = (...args: Parameters<typeof judged>) => {
  const ruling = judged(...args);
  return ruling.kind === "admit" ? ruling.machines : undefined;
};

test("the first cohort is 20 machines, in a small herd a tenth of it, and never fewer than the quorum", () => {
  const first = (machines: number, options: Partial<JudgeOptions> = {}) =>
    admits({ admitted: undefined, tally: none, canaries: 0, machines }, 0, options);
  assert.deepEqual([100_000, 200, 50, 3].map((machines) => first(machines)), [20, 20, 5, 2]);
  assert.equal(first(50, { quorum: 8 }), 8);
  assert.equal(first(3, { machines: 1000 }), 20, "a herd that has more machines than are known");
});

test("canaries are the first cohort, if there are any", () => {
  const first = (canaries: number) => admits({ admitted: undefined, tally: none, canaries, machines: 1000 });
  assert.deepEqual([0, 7, 1, 500].map(first), [20, 7, 2, 20]);
});

test("a cohort that is whole and good doubles the machines", () => {
  assert.equal(admits(facts({ good: 20 })), 40);
});

test("machines that have not decided are waited for, until the window is over", () => {
  assert.equal(said(facts({ good: 18, open: 2 })), "wait running");
  assert.equal(said(facts({ good: 18 })), "wait running", "silent ones, too");
  assert.equal(admits(facts({ good: 18, open: 2 }), 10 * MINUTE), 40);
});

test("what would be good whatever the rest says is not waited for", () => {
  assert.equal(admits(facts({ good: 19, open: 1 })), 40);
  assert.equal(
    said(
      facts({ good: 1, open: 0 }, {
        tally: { all: { ...noVotes(), good: 1 }, admitted: { ...noVotes(), good: 1 }, members: 2 },
      }),
    ),
    "wait running",
    "but for the quorum",
  );
});

test("a build that fails on more than the threshold is refused as soon as the rest cannot change that", () => {
  assert.equal(said(facts({ bad: 2, open: 18 })), "refuse bad");
  assert.equal(said(facts({ bad: 2, good: 18 })), "refuse bad");
  const large = (votes: Partial<Votes>) => {
    const admitted = { ...noVotes(), ...votes };
    return facts({}, { tally: { all: admitted, admitted, members: 1000 } });
  };
  assert.equal(said(large({ bad: 40 })), "wait running", "failures report sooner than successes");
  assert.equal(said(large({ bad: 51 })), "refuse bad");
  assert.equal(admits(large({ bad: 50, good: 950 })), 2000, "the threshold itself is not above it");
});

test("no build is refused on the word of one machine", () => {
  const one = facts({ bad: 1, good: 1 }, {
    tally: { all: { ...noVotes(), bad: 1, good: 1 }, admitted: { ...noVotes(), bad: 1, good: 1 }, members: 2 },
  });
  assert.equal(said(one, MINUTE, { threshold: 0 }), "admit good");
});

test("a machine on which everything fails has no vote, and is not waited for", () => {
  assert.equal(admits(facts({ none: 3, good: 17 })), 40);
});

test("whether the environment is at fault is waited for, but not for ever", () => {
  assert.equal(said(facts({ unsure: 20 })), "wait running");
  assert.equal(said(facts({ unsure: 20 }), 10 * MINUTE), "refuse bad");
});

test("fewer machines than the quorum decide nothing, however long it takes", () => {
  assert.equal(said(facts({ good: 1 }), 1000 * MINUTE), "wait few");
});

test("a build with which most machines began and have not decided is not spread", () => {
  assert.equal(said(facts({ good: 3, open: 17 }), 10 * MINUTE), "wait undecided");
});

test("a build that people cleared is not refused, and spreads when its cohort has decided", () => {
  assert.equal(said(facts({ bad: 20 }, { verdict: "cleared" })), "admit good");
  assert.equal(said(facts({ bad: 10, open: 10 }, { verdict: "cleared" })), "wait running");
});

test("a refused build stays as it is", () => {
  assert.equal(said(facts({ good: 20 }, { verdict: "refused" })), "wait refused");
});

test("a build that is everywhere is refused all the same when it fails later", () => {
  const everywhere = { admitted: { share: 1, since: 0 } };
  assert.equal(said(facts({ good: 20 }, everywhere)), "wait everywhere");
  assert.equal(said(facts({ good: 15, bad: 5 }, everywhere)), "refuse bad");
});
