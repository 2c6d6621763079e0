/** What a long life costs: the gate with a large state beside one with none. @module */
import { linkSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Contestant } from "../interleave.ts";
import { bootSentinel, ENDLESS } from "../subjects/boot_sentinel.ts";
import type { Workshop } from "../workshop.ts";
import { laidOut, START_TO_END } from "./gate.ts";
import type { Suite } from "./suite.ts";

const EVENTS = 10_000;
const QUARANTINED = 1_000;
const GENERATIONS = 50;

/** The names of the rows with a large state. */
export const LARGE: Readonly<Record<"steady" | "armed", string>> = {
  steady: "steady, large state",
  armed: "on probation, large state",
};

/** The names of those without. */
export const SMALL: typeof LARGE = { steady: "steady, new state", armed: "on probation, new state" };

/** The compiled gate, steady and on probation. */
export const growth: Suite = {
  name: "growth",
  title: "A long life",
  about: `The gate with ${EVENTS} events of history, ${QUARANTINED} quarantined builds and ${GENERATIONS} older ` +
    "builds kept, beside the same without any.",
  columns: START_TO_END,
  contestants: (workshop) =>
    (["steady", "armed"] as const).flatMap((state) => [
      gate(workshop, state, false),
      gate(workshop, state, true),
    ]),
};

function gate(workshop: Workshop, state: "steady" | "armed", large: boolean): Contestant {
  const next = laidOut(lay);
  const name = large ? LARGE[state] : SMALL[state];
  const subject = bootSentinel(workshop, { name, state, options: [...ENDLESS, "--confirm", "manual"] });
  return {
    name,
    beside: SMALL[state],
    turn() {
      const { words, place } = next();
      return workshop.time(words, place);
    },
  };

  function lay() {
    const { place, exe } = workshop.place();
    const words = subject.prepare(place, { exe, args: [] });
    if (large) enlarge(exe);
    // The first boots bound the history and keep the program's new stamp.
    for (let boot = 1; boot <= 2; boot++) workshop.run(words, place);
    return { words, place };
  }
}

/** Writes the state files as years of updates leave them. */
function enlarge(exe: string): void {
  const dir = dirname(exe);
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text, { mode: 0o600 });
  const time = "2026-01-01T00:00:00.000Z";
  const digest = (n: number) => n.toString(16).padStart(64, "f");
  const count = <T>(length: number, make: (n: number) => T) => Array.from({ length }, (_, n) => make(n));

  const record = JSON.parse(readFileSync(join(dir, ".boot-record.json"), "utf8"));
  const generations = count(GENERATIONS, (n) => {
    const path = `${exe}.gen-${digest(n).slice(-12)}`;
    linkSync(exe, path);
    return { ...record.lastGood, version: `0.${n}.0`, digest: digest(n), path };
  });
  write(".boot-record.json", JSON.stringify({ ...record, generations }) + "\n");

  const versions = count(QUARANTINED, (n) => `3.${n}.0`);
  const entries = versions.map((version, n) => (
    { version, digest: digest(n), reason: "not confirmed in 3 boots", attempts: 3, time }
  ));
  write(".boot-quarantine.json", JSON.stringify({ schema: 1, versions, entries }) + "\n");
  const event = JSON.stringify({ time, event: "attempt", version: "2.0.0", attempts: 1, maxAttempts: 3 });
  write(".boot-history.jsonl", `${event}\n`.repeat(EVENTS));
}
