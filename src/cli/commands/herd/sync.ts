/** `herd sync`: sends what this machine has to report, and fetches what the herd says. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { HerdStoreError } from "../../../herd/herd_store.ts";
import type { Synced } from "../../../herd/machine/sync.ts";
import { answer, type Context } from "../../command.ts";
import { storeFault } from "../../herd/store_fault.ts";
import { syncHerd } from "../../herd_of.ts";

/** The verb. Offline is no error: what waits is sent by the next sync. No later sync mends another fault. */
export async function run(context: Context): Promise<number> {
  const synced = await syncHerd(context);
  if (synced.kind === "offline" && synced.code !== "offline") {
    const { state, text } = notSynced(synced);
    throw storeFault(new HerdStoreError(synced.code, text), { state, whose: "a machine" });
  }
  answer(context, syncedText(synced), { ...synced });
  return EXIT.ok;
}

function syncedText(synced: Synced): string {
  if (synced.kind === "synced") return `Synced with the herd: ${counted(synced.sent)} sent; ${waitingText(synced)}`;
  const { text, state } = notSynced(synced);
  return `${text}; ${state}`;
}

function notSynced(synced: Synced & { readonly kind: "offline" }): { readonly text: string; readonly state: string } {
  const state = `the last answer of the herd stands; ${waitingText(synced)}`;
  return { text: `Not synced: ${synced.why}`, state };
}

function waitingText({ waiting }: Synced): string {
  return waiting === 0 ? "nothing waits to be sent" : `${counted(waiting)} to be sent later`;
}

function counted(reports: number): string {
  return `${reports} report${reports === 1 ? "" : "s"}`;
}
