/** Services in every state, with all that a status can hold. @module */
import type { PageService } from "../../../src/cli/output/page/page.ts";
import type { EventKind, SentinelEvent } from "../../../src/core/state/history.ts";
import type { Status } from "../../../src/core/status.ts";

/** Noon, some time after what happened. */
export const NOW = Date.UTC(2026, 10, 25, 12);

const digest = "ab".repeat(32);
const REASON = "not confirmed in 3 boots: exit 1 ×3; last words: cannot migrate the <database>: column “id” is missing";

const steady: Status = {
  schema: 1,
  exe: "/opt/app/server",
  dataDir: "/var/lib/app",
  live: { version: "1.9.0", digest, size: 104857600, startable: true },
  state: "steady",
  pending: null,
  lastGood: { version: "1.9.0", digest, size: 104857600, takenAt: "2026-11-22T12:00:00.000Z", proven: true },
  generations: [{ version: "1.8.0", digest, size: 104005632, takenAt: "2026-10-01T12:00:00.000Z" }],
  rolledBack: null,
  data: null,
  quarantined: [],
  watcher: null,
  problems: [],
};

const QUARANTINED: Status["quarantined"] = [
  { version: "1.7.3", reason: "by hand", attempts: 0, time: "" },
  {
    version: `sha256:${digest}`,
    digest,
    reason: REASON,
    attempts: 3,
    time: "2026-11-25T10:04:00.000Z",
    doubtful: true,
  },
];

/** What each state changes. */
const STATES: Record<Status["state"], Partial<Status>> = {
  steady: {},
  probation: {
    live: { version: "2.0.0", digest, size: 104857600, startable: true },
    pending: { version: "2.0.0", attempts: 2, maxAttempts: 3 },
    watcher: { pid: 4242, since: "2026-11-25T11:59:00.000Z", until: "2026-11-25T12:04:00.000Z" },
  },
  "rolled-back": {
    rolledBack: { from: "2.0.0", to: "1.9.0", time: "2026-11-25T10:04:00.000Z", reason: REASON },
    quarantined: QUARANTINED,
  },
  exposed: {
    lastGood: null,
    generations: [],
    problems: [{
      code: "cannot-be-put-back",
      text: "1.9.0 could not be put back now: /opt/app is on a read-only file system",
      advice: `mount -o remount,rw "$(findmnt -no TARGET -T '/opt/app')"   (in a unit: ReadWritePaths=)`,
    }],
  },
  "crash-looping": {
    problems: [{
      code: "crash-looping",
      text: "1.9.0 ends right after each start: 5 times in a row, the last with exit 1",
      advice: "boot-sentinel history --exe /opt/app/server",
    }],
  },
  degraded: {
    live: { version: "2.0.0", digest, size: 12, startable: false },
    pending: { version: "2.0.0", attempts: 3, maxAttempts: 3, failed: "cannot log in" },
    problems: [{ code: "degraded", text: "2.0.0 is live although it failed", advice: "install a good build" }],
  },
  unseen: {
    problems: [{
      code: "cannot-see",
      text: "Cannot read the state in /var/lib/app: permission denied",
      advice: "use sudo: run this as root, or as the owner of /var/lib/app",
    }],
  },
};

/** A history with a rollback and a build on probation. */
function someEvents(): SentinelEvent[] {
  const happened: readonly (readonly [EventKind, version: string, Partial<SentinelEvent>?])[] = [
    ["armed", "1.9.0"],
    ["attempt", "1.9.0", { attempts: 1, maxAttempts: 3 }],
    ["confirmed", "1.9.0"],
    ["armed", "2.0.0"],
    ["attempt", "2.0.0", { attempts: 1, maxAttempts: 3 }],
    ["attempt", "2.0.0", { attempts: 2, maxAttempts: 3 }],
    ["attempt", "2.0.0", { attempts: 3, maxAttempts: 3 }],
    ["rolled-back", "2.0.0", { other: "1.9.0", reason: REASON }],
    ["refused", "2.0.0", { reason: "it is quarantined" }],
    ["armed", "2.0.1"],
    ["attempt", "2.0.1", { attempts: 1, maxAttempts: 3 }],
  ];
  return happened.map(([event, version, more], i) => ({
    time: new Date(NOW - (happened.length - i) * 600_000).toISOString(),
    event,
    version,
    ...more,
  }));
}

/** One service for each state, and one whose settings cannot be read. */
export function inEveryState(): PageService[] {
  const found = Object.entries(STATES).map(([state, changed]) => ({
    name: `app-${state}`,
    found: {
      status: { ...steady, ...changed, state: state as Status["state"] },
      events: state === "unseen" ? undefined : state === "rolled-back" ? someEvents() : [],
    },
  }));
  return [...found, { name: "broken", found: "Cannot use /etc/boot-sentinel/broken.json: it is not a JSON object" }];
}
