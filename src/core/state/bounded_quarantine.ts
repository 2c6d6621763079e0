/** Keeps the quarantine within what can be read again. @module */
import type { Quarantine, QuarantineEntry } from "./schemas.ts";

/** In characters; a character is at most three bytes of a file of 1 MiB. */
const LIMIT = 300_000;

/** What is left of a reason when there is little room. */
const SHORT = 60;

/** How many of the newest builds keep how their boots ended: first so many, and fewer when there is little room. */
const WITH_ENDS = [10, 1];

/**
 * The quarantine, within its bounds: when it is too large, first it is dropped how the boots of older builds ended,
 * then reasons are cut, and only then the oldest builds are dropped.
 */
export function bounded(quarantine: Quarantine): Quarantine {
  for (const count of WITH_ENDS) {
    const smaller = endsOfNewest(quarantine, count);
    if (isSmall(smaller)) return smaller;
  }
  const entries = (quarantine.entries ?? []).map((entry): QuarantineEntry => {
    const { version, digest, attempts, time, doubtful, until, held } = entry;
    const reason = entry.reason.slice(0, SHORT).toWellFormed();
    return { version, digest, attempts, time, doubtful, until, held, reason };
  });
  let left: Quarantine = { schema: quarantine.schema, versions: quarantine.versions, entries };
  while (!isSmall(left)) left = withoutOldest(left);
  return left;
}

function endsOfNewest({ entries, ...others }: Quarantine, count: number): Quarantine {
  if (entries === undefined) return others;
  return {
    ...others,
    entries: entries.map((entry, i): QuarantineEntry => {
      if (i >= entries.length - count || entry.ends === undefined) return entry;
      const { ends: _, ...rest } = entry;
      return rest as QuarantineEntry;
    }),
  };
}

function isSmall(quarantine: Quarantine): boolean {
  return JSON.stringify(quarantine).length <= LIMIT;
}

/** A tenth at a time, so that a huge list ends soon. */
function withoutOldest({ versions, entries = [], ...others }: Quarantine): Quarantine {
  const kept = versions.slice(Math.ceil(versions.length / 10));
  const isKept = new Set(kept);
  const newer = entries.slice(Math.ceil(entries.length / 10)).filter(({ version }) => isKept.has(version));
  return { ...others, versions: kept, entries: newer };
}
