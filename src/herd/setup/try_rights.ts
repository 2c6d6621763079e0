/** Tries what the credentials of a machine are for, and that they are for no more. @module */
import { type HerdStore, HerdStoreError } from "../herd_store.ts";
import { JUDGE_KEY, reportKey, verdictKey } from "../keys.ts";

/** No key has this revision, so that a write at it changes nothing: only the right to write is tried. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** No build has it. */
const NO_DIGEST = "0".repeat(64);

/**
 * Tries them; a list that can only be read needs no rights.
 *
 * @throws {HerdStoreError} They are not those of a machine.
 */
export async function tryRights(store: HerdStore): Promise<void> {
  await store.get(verdictKey(NO_DIGEST));
  if (store.machine === undefined) return;
  for (const [key, what] of [[JUDGE_KEY, "the judge's lease"], [verdictKey(NO_DIGEST), "verdicts"]] as const) {
    if (await isDenied(() => store.compareAndSet(key, "", NEVER))) continue;
    throw new HerdStoreError(
      "other",
      `These credentials (${store.machine}) may write ${what}: whoever reads them on this machine could decide for ` +
        "all; take those of a machine",
    );
  }
  await store.compareAndSet(reportKey(NO_DIGEST, store.machine), "", NEVER);
}

async function isDenied(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return false;
  } catch (error) {
    if (error instanceof HerdStoreError && error.code === "denied") return true;
    throw error;
  }
}
