/** `herd status`: the builds of the herd, how far they have come, and why they failed. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { replaceFile } from "../../../core/state/replace_file.ts";
import { Fleet } from "../../../herd/judge/fleet.ts";
import { type HerdStatus, herdStatus } from "../../../herd/judge/herd_status.ts";
import { loadFleet } from "../../../herd/judge/load_fleet.ts";
import { JUDGE_KEY } from "../../../herd/keys.ts";
import { parseLease } from "../../../herd/messages/lease.ts";
import { answer, type Context, pathArgument } from "../../command.ts";
import { judgeOptions, openStore, storeAddress } from "../../herd_of.ts";
import { herdView } from "../../output/herd/herd_view.ts";

/** The verb. */
export async function run(context: Context): Promise<number> {
  const { settings: { html, json }, io, ports } = context;
  const status = await readStatus(context);
  if (html === undefined) {
    if (json) answer(context, "", { ...status });
    else io.stdout(herdView(status));
    return EXIT.ok;
  }
  const { herdPage } = await import("../../output/herd/page.ts");
  const file = pathArgument(context, html);
  replaceFile(ports.fs, file, herdPage(status, ports.clock.now()), 0o644);
  answer(context, `Wrote ${file}`, { file });
  return EXIT.ok;
}

async function readStatus(context: Context): Promise<HerdStatus> {
  const { settings, io, ports: { clock } } = context;
  const { app } = storeAddress(context);
  const store = await openStore(context);
  try {
    const fleet = new Fleet({ app, keys: settings.herdKeys ?? [], clock: clock.now });
    await loadFleet(store, fleet, io.now);
    const lease = parseLease((await store.get(JUDGE_KEY))?.value);
    // The judge's own options, and not those of whoever looks on.
    const status = herdStatus(fleet, lease?.holder, lease?.options ?? judgeOptions(context), clock.now());
    return store.listedAt === undefined ? status : { ...status, listedAt: store.listedAt };
  } finally {
    await store.close();
  }
}
