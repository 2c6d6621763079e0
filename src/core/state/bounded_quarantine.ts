/** Keeps the quarantine within what can be read again. @module */
import type { Quarantine, QuarantineEntry } from "./schemas.ts";

/** In characters; a character is at most three bytes of a file of 1 MiB. */
const LIMIT = 300_000;

/** What is left of a reason when there is little room. */
const SHORT = 60;

/** The quarantine, with reasons cut when it is too large; only then the oldest builds are dropped. */
export function bounded(quarantine: Quarantine): Quarantine {
  if (isSmall(quarantine)) return quarantine;
  const entries = (quarantine.entries ?? []).map((entry): QuarantineEntry => {
    const { version, digest, attempts, time, doubtful, until, held } = entry;
    const reason = entry.reason.slice(0, SHORT).toWellFormed();
    return { version, digest, attempts, time, doubtful, until, held, reason };
  });
  let left: Quarantine = { schema: quarantine.schema, versions: quarantine.versions, entries };
  while (!isSmall(left)) left = withoutOldest(left);
  return left;
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
