/** What else a user would start the service with: time to the service's first instruction, and memory beside it. @module */
import { join } from "node:path";
import type { Contestant } from "../interleave.ts";
import { memoryOf, processesOf } from "../processes.ts";
import { bootSentinel, ENDLESS } from "../subjects/boot_sentinel.ts";
import { direct } from "../subjects/direct.ts";
import { monit } from "../subjects/monit.ts";
import { pm2 } from "../subjects/pm2.ts";
import { reference } from "../subjects/reference.ts";
import { runit } from "../subjects/runit.ts";
import { s6 } from "../subjects/s6.ts";
import type { Subject } from "../subjects/subject.ts";
import { supervisord } from "../subjects/supervisord.ts";
import { pause, type Workshop } from "../workshop.ts";
import { OURS } from "./gate.ts";
import type { Suite } from "./suite.ts";

/** A manager is at rest by then. */
const SETTLE_MS = 500;

/** Names in the tables. */
export const ON_PROBATION = `${OURS}, on probation`;
export const SUPERVISING = `${OURS} --supervise`;

/** Each manager is started anew, with nothing of it running yet. */
export const managers: Suite = {
  name: "managers",
  title: "Beside other managers",
  about: "From the manager's own start to the service's first instruction; then the memory of all that the " +
    "manager leaves running beside the service (PSS: shared pages divided; of that anonymous: the rest are pages of " +
    "files, which the system may drop; RSS: whole).",
  columns: [
    { key: "ms", title: "to the service", unit: "ms" },
    { key: "pss", title: "memory, PSS", unit: "MiB" },
    { key: "anonymous", title: "of that anonymous", unit: "MiB" },
    { key: "rss", title: "memory, RSS", unit: "MiB" },
  ],
  contestants: (workshop) =>
    [
      direct,
      bootSentinel(workshop, { name: OURS, state: "steady" }),
      bootSentinel(workshop, { name: ON_PROBATION, state: "armed", options: ENDLESS }),
      bootSentinel(workshop, { name: SUPERVISING, state: "steady", options: ["--supervise"] }),
      reference(workshop, "steady"),
      runit,
      s6,
      supervisord,
      monit,
      pm2,
    ].map((subject) => firstInstruction(workshop, subject)),
};

function firstInstruction(workshop: Workshop, subject: Subject): Contestant {
  return {
    name: subject.name,
    absent: subject.absent,
    beside: OURS,
    oneRoundIn: 6,
    turn() {
      const { place, exe } = workshop.place();
      const file = join(place, "began");
      const words = subject.prepare(place, { exe, args: [file] });
      return workshop.started(words, file, place, async ({ ms, pid }) => {
        await pause(SETTLE_MS);
        const beside = processesOf(place).filter((one) => one !== pid && !workshop.isStopwatch(one));
        return { ms, ...memoryOf(beside) };
      });
    },
  };
}
