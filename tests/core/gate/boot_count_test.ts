/** Counting boots: each instance for itself, and one process once. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attemptsOf,
  cancelledBoot,
  countedBoot,
  isCountedHere,
  isStillRunning,
  nextBoot,
} from "../../../src/core/gate/boot_count.ts";
import type { Processes } from "../../../src/core/ports.ts";
import { MAX_COUNT } from "../../../src/core/state/schemas.ts";
import { State } from "../../../src/core/state/state.ts";
import { subjectOf } from "../../../src/core/sentinel_options.ts";
import { DATA, EXE, freshMachine, portsOver } from "../../support/disk/world.ts";

/** What `memoryPorts` calls the machine's boot. */
const bootId = "boot-1";

interface Here {
  readonly instance?: string;
  readonly invocation?: string;
  /** The id of this process; `null`: the system has none. */
  readonly self?: string | null;
  readonly alive?: readonly string[];
}

function stateOf({ instance, invocation, self = "me", alive = [] }: Here = {}): State {
  const processes: Processes = { self: () => self ?? undefined, isAlive: (id) => alive.includes(id) };
  const ports = { ...portsOver(freshMachine()), ...(self === null ? {} : { processes }) };
  return new State(ports, { ...subjectOf({ dataDir: DATA, exe: EXE }), instance, invocation });
}

test("a count without instances is everybody's, since the reference implementation knows none", () => {
  assert.equal(attemptsOf(stateOf(), { attempts: 2 }), 2);
  assert.equal(attemptsOf(stateOf({ instance: "a" }), { attempts: 2 }), 2);
  assert.equal(attemptsOf(stateOf({ instance: "a" }), { attempts: 3, instances: { a: { attempts: 1 } } }), 3);
  assert.equal(attemptsOf(stateOf(), {}), 0);
});

test("each instance has its own count, and a new one has none", () => {
  const count = { attempts: 3, instances: { a: { attempts: 3 }, b: { attempts: 1 } } };
  const attempts = ["a", "b", "c", undefined].map((instance) =>
    attemptsOf(stateOf(instance === undefined ? {} : { instance }), count)
  );
  assert.deepEqual(attempts, [3, 1, 0, 0]);
});

test("boots are numbered from one on", () => {
  assert.deepEqual([nextBoot(undefined), nextBoot({}), nextBoot({ boot: 7 })], [1, 1, 8]);
});

test("a boot is counted under its instance, with its process, and the others stay", () => {
  const before = { boot: 4, attempts: 2, instances: { a: { attempts: 2, boot: 4, process: "other" } } };
  assert.deepEqual(countedBoot(stateOf({ instance: "b", invocation: "i5" }), before, 1), {
    boot: 5,
    invocation: "i5",
    attempts: 2,
    instances: {
      a: { attempts: 2, boot: 4, process: "other" },
      b: { attempts: 1, boot: 5, invocation: "i5", process: "me" },
    },
  });
});

test("the attempts that stand in the file are the most that one instance has", () => {
  const before = { instances: { a: { attempts: 1 }, b: { attempts: 5 } } };
  assert.equal(countedBoot(stateOf({ instance: "a" }), before, 2).attempts, 5);
  assert.equal(countedBoot(stateOf({ instance: "a" }), before, 6).attempts, 6);
  assert.equal(countedBoot(stateOf(), {}, MAX_COUNT + 1).attempts, MAX_COUNT);
});

test("what was counted before there were instances stays the count of the service without a name", () => {
  const { instances } = countedBoot(stateOf({ instance: "a" }), { attempts: 2 }, 3);
  assert.deepEqual(Object.entries(instances ?? {}).map(([name, { attempts }]) => [name, attempts]), [["", 2], [
    "a",
    3,
  ]]);
});

const RUNNING = { bootId, instances: { "": { attempts: 1, process: "it" }, a: { attempts: 1, process: "me" } } };

const STARTS: readonly (readonly [what: string, here: Here, isNoNewBoot: boolean, count?: typeof RUNNING])[] = [
  ["the process of its last boot lives", { alive: ["it"] }, true],
  ["that process has ended", { alive: ["me"] }, false],
  ["that process is this one", { self: "it", alive: ["it"] }, false],
  ["only another instance lives", { instance: "b", alive: ["it", "me"] }, false],
  ["the machine was restarted since", { alive: ["it"] }, false, { ...RUNNING, bootId: "boot-0" }],
  ["the system cannot tell", { self: null, alive: ["it"] }, false],
];

for (const [what, here, isNoNewBoot, count = RUNNING] of STARTS) {
  test(`a start is ${isNoNewBoot ? "no" : "a"} new boot when ${what}`, () => {
    assert.equal(isStillRunning(stateOf(here), count), isNoNewBoot);
  });
}

test("a process knows the boot that it has counted itself, until the machine is restarted", () => {
  assert.equal(isCountedHere(stateOf({ instance: "a" }), RUNNING), true);
  assert.equal(isCountedHere(stateOf(), RUNNING), false);
  assert.equal(isCountedHere(stateOf({ instance: "a" }), { ...RUNNING, bootId: "boot-0" }), false);
  assert.equal(isCountedHere(stateOf({ instance: "a", self: null }), RUNNING), false);
});

const COUNTED = {
  boot: 6,
  attempts: 3,
  instances: { a: { attempts: 3, boot: 5, invocation: "i5" }, b: { attempts: 1, boot: 6, invocation: "i6" } },
};

test("the attempt of one boot is cancelled, and no other one's", () => {
  const left = (which: Parameters<typeof cancelledBoot>[1]) => {
    const { attempts, instances = {} } = cancelledBoot(COUNTED, which);
    return [attempts, instances["a"]?.attempts, instances["b"]?.attempts];
  };
  assert.deepEqual(left({ boot: 5 }), [2, 2, 1]);
  assert.deepEqual(left({ invocation: "i5" }), [2, 2, 1]);
  assert.deepEqual(left({ invocation: "i6" }), [3, 3, 0]);
  assert.deepEqual(left({}), [3, 3, 0], "the last one");
});

test("a count never falls below zero, with instances or without", () => {
  assert.deepEqual(cancelledBoot({ attempts: 0 }, {}), { attempts: 0 });
  assert.deepEqual(cancelledBoot({ attempts: 2 }, {}), { attempts: 1 });
  const none = { boot: 1, attempts: 0, instances: { "": { attempts: 0, boot: 1 } } };
  assert.equal(cancelledBoot(none, {}).attempts, 0);
});
