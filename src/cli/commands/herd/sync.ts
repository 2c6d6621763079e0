/** `herd sync`: sends what this machine has to report, and fetches what the herd says. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { HerdStoreError } from "../../../herd/herd_store.ts";
import type { Synced } from "../../../herd/machine/sync.ts";
import { answer, type Context } from "../../command.ts";
import { syncHerd } from "../../herd_of.ts";

/** The verb. Offline is no error: what waits is sent by the next sync. No later sync mends another fault. */
export async function run(context: Context): Promise<number> {
  const synced = await syncHerd(context);
  if (synced.kind === "offline" && synced.code !== "offline") throw new HerdStoreError(synced.code, syncedText(synced));
  answer(context, syncedText(synced), { ...synced });
  return EXIT.ok;
}

function syncedText(synced: Synced): string {
  const { waiting } = synced;
  const left = waiting === 0 ? "nothing waits to be sent" : `${counted(waiting)} to be sent later`;
  if (synced.kind === "offline") return `Not synced: ${synced.why}; the last answer of the herd stands; ${left}`;
  return `Synced with the herd: ${counted(synced.sent)} sent; ${left}`;
}

function counted(reports: number): string {
  return `${reports} report${reports === 1 ? "" : "s"}`;
}
