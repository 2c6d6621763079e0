/** The gate as one whole process: from its start to the end of a service that ends at once. @module */
import type { Contestant } from "../interleave.ts";
import { untilQuiet } from "../processes.ts";
import { bootSentinel, ENDLESS, UNDER_DENO } from "../subjects/boot_sentinel.ts";
import { direct } from "../subjects/direct.ts";
import { EMPTY_BUN, EMPTY_DENO, emptyBun, emptyDeno } from "../subjects/empty.ts";
import { reference } from "../subjects/reference.ts";
import type { Subject } from "../subjects/subject.ts";
import { LAYOUTS, type Workshop } from "../workshop.ts";
import type { Suite } from "./suite.ts";

/** Its name in the tables. */
export const OURS = "boot-sentinel";
/** Of the default: a watcher waits for the build's health. */
export const WATCHED = `${OURS}, with its watcher`;
/** In front of the service, which it becomes. */
export const IN_FRONT = `${OURS} run`;
/** The same, run by Deno. */
export const OURS_UNDER_DENO = "boot-sentinel (deno run)";

/** The columns of a whole process. Processor time says more when the machine has other work, too. */
export const START_TO_END: Suite["columns"] = [
  { key: "ms", title: "start to end", unit: "ms" },
  { key: "cpu", title: "processor", unit: "ms" },
];

const UNWATCHED = [...ENDLESS, "--confirm", "manual"];

/** Nothing to do at this boot. */
export const steady: Suite = {
  name: "steady",
  title: "A steady program",
  about:
    "Nothing is armed. One process from its start to its end: what an installed unit runs before its service, or " +
    "with run the gate and the service that it becomes, which ends at once.",
  columns: START_TO_END,
  contestants: (workshop) =>
    [
      direct,
      reference(workshop, "steady"),
      emptyBun(workshop),
      bootSentinel(workshop, { name: OURS, state: "steady", beside: true }),
      bootSentinel(workshop, { name: IN_FRONT, state: "steady" }),
      emptyDeno,
      bootSentinel(workshop, { name: OURS_UNDER_DENO, state: "steady", words: UNDER_DENO }),
    ].map((subject) => wholeProcess(workshop, subject)),
};

/** A build on probation: this boot is counted, durably. */
export const armed: Suite = {
  name: "armed",
  title: "A build on probation",
  about: "The same with an armed build: the boot is counted on disk first (the reference does not flush it). " +
    "Without --confirm manual a watcher is started before the service.",
  columns: START_TO_END,
  contestants: (workshop) =>
    [
      direct,
      reference(workshop, "armed"),
      emptyBun(workshop),
      bootSentinel(workshop, { name: OURS, state: "armed", options: UNWATCHED, beside: true }),
      bootSentinel(workshop, { name: IN_FRONT, state: "armed", options: UNWATCHED }),
      bootSentinel(workshop, { name: WATCHED, state: "armed", options: ENDLESS }),
      emptyDeno,
      bootSentinel(workshop, { name: OURS_UNDER_DENO, state: "armed", words: UNDER_DENO, options: UNWATCHED }),
    ].map((subject) => wholeProcess(workshop, subject)),
};

function wholeProcess(workshop: Workshop, subject: Subject): Contestant {
  const next = laidOut(() => lay(workshop, subject));
  return {
    name: subject.name,
    absent: subject.absent,
    beside: subject.name.includes("(deno run)") ? EMPTY_DENO : EMPTY_BUN,
    async turn() {
      const { words, place } = next();
      const times = workshop.time(words, place);
      // A watcher has seen the service end, and goes; it shall not take time from who is next.
      await untilQuiet(place);
      return times;
    },
  };
}

/** All that one contestant has been laid out for, each in its turn. */
export function laidOut<T>(lay: () => T): () => T {
  let laid: T[] | undefined;
  let turn = 0;
  return () => {
    laid ??= Array.from({ length: LAYOUTS }, lay);
    return laid[turn++ % LAYOUTS] as T;
  };
}

function lay(workshop: Workshop, subject: Subject): { words: readonly string[]; place: string } {
  const { place, exe } = workshop.place();
  return { words: subject.prepare(place, { exe, args: [] }), place };
}
