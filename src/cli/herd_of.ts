/** The herd of a command: its store and its settings. Loaded only by commands that ask it. @module */
import { EXIT } from "../core/exit_codes.ts";
import { messageOf } from "../core/errors.ts";
import { State } from "../core/state/state.ts";
import type { HerdStore } from "../herd/herd_store.ts";
import type { JudgeOptions } from "../herd/judge/judge_build.ts";
import type { Wanted } from "../herd/machine/herd_file.ts";
import { reportsOf } from "../herd/machine/reports_of.ts";
import { herdSync, type Synced } from "../herd/machine/sync.ts";
import { addressFault, openHerdStore, type StoreAddress, takesReports } from "../herd/stores/open_store.ts";
import { type Context, pathArgument, subjectFrom } from "./command.ts";
import { UsageError } from "./cli_errors.ts";
import { dryStore } from "./herd/dry_store.ts";

/** Where the herd's store is. */
export function storeAddress(context: Context): StoreAddress {
  const { herd: url, herdApp: app, herdCreds, herdCa, herdKeys: keys, herdTimeout: timeoutMs } = context.settings;
  if (url === undefined) {
    throw new UsageError("No herd is named: add --herd URL, or join one: boot-sentinel herd join URL --creds FILE");
  }
  const fault = addressFault(url);
  if (fault !== undefined) throw new UsageError(`Cannot use ${url} as a herd: ${fault}`, EXIT.badConfig);
  if (app === undefined) throw new UsageError("The herd's app is not named: add --herd-app APP", EXIT.badConfig);
  const path = (file: string | undefined) => file === undefined ? undefined : pathArgument(context, file);
  return { url, app, keys, timeoutMs, creds: path(herdCreds), ca: path(herdCa) };
}

/** Opens the herd's store; in a dry run one in which nothing is written. */
export async function openStore(context: Context): Promise<HerdStore> {
  const { settings: { dryRun }, ports: { log } } = context;
  const store = await openHerdStore(storeAddress(context));
  return dryRun ? dryStore(store, (text) => log("info", text)) : store;
}

/** Syncs this machine with the herd. `want`: a build that is about to be installed. */
export function syncHerd(context: Context, want?: Wanted): Promise<Synced> {
  const { settings, ports, io } = context;
  const { herdKeys: keys = [], herdGroup: group, herdTimeout: timeoutMs } = settings;
  const { app, url } = storeAddress(context);
  const subject = subjectFrom(context);
  return herdSync({
    open: () => openStore(context),
    app,
    keys,
    fs: ports.fs,
    dataDir: subject.dataDir,
    reports: (wanted) =>
      takesReports(url) ? reportsOf(new State(ports, subject), wanted, { group, host: io.hostName }) : new Map(),
    want,
    timeoutMs,
    now: ports.clock.now,
    pause: io.pause,
  });
}

/** Syncs beside something else, which goes on whatever becomes of it. `update`: a build that is to be installed. */
export async function syncBeside(
  context: Context,
  update?: { readonly digest: string; readonly version: string },
): Promise<void> {
  const { log, clock } = context.ports;
  try {
    const synced = await syncHerd(context, update && { ...update, at: clock.now() });
    if (synced.kind === "offline") log("warn", `Not synced: ${synced.why}; the last answer of the herd stands`);
  } catch (error) {
    log("warn", `Cannot sync with the herd: ${messageOf(error)}; its last answer stands`);
  }
}

/** How the judge decides, by the settings. */
export function judgeOptions({ settings }: Context): JudgeOptions {
  const { herdQuorum: quorum, herdThreshold: percent, herdWindow: windowMs, herdMachines: machines } = settings;
  return { quorum, threshold: percent / 100, windowMs, machines };
}
