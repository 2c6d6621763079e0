/** `herd join`: makes this machine's service one of a herd. @module */
import { messageOf, SentinelError } from "../../../core/errors.ts";
import { EXIT } from "../../../core/exit_codes.ts";
import { absolutePath } from "../../../core/state/paths.ts";
import { tryRights } from "../../../herd/setup/try_rights.ts";
import { addressFault, openHerdStore, type StoreAddress } from "../../../herd/stores/open_store.ts";
import { undoneText } from "../../../service/install/put_files.ts";
import { UsageError } from "../../cli_errors.ts";
import { answer, type Context } from "../../command.ts";
import { withStoreFaults } from "../../herd/store_fault.ts";
import { givenSettings } from "../../options/given_settings.ts";
import { herdOptions, herdService, herdSettingsOf, herdTimer, putHerdSettings } from "./registered_herd.ts";

/** Runs it. */
export async function run(context: Context): Promise<number> {
  const { settings, io, positionals, ports: { fs } } = context;
  const url = positionals[1] ?? settings.herd;
  if (url === undefined) throw new UsageError("No herd is named: boot-sentinel herd join URL --creds FILE --name NAME");
  const fault = addressFault(url);
  if (fault !== undefined) throw new UsageError(`Cannot use ${url} as a herd: ${fault}`);
  const { name, path } = herdService(context);
  const absolute = (file: string | undefined) => file === undefined ? undefined : absolutePath(io.cwd, file);
  const address: StoreAddress = {
    url,
    app: settings.app ?? settings.herdApp ?? name,
    creds: absolute(settings.creds ?? settings.herdCreds),
    ca: absolute(settings.herdCa),
    timeoutMs: settings.herdTimeout,
  };
  const machine = await tried(address);
  const timer = await herdTimer(context);
  const undo = putHerdSettings(fs, path, {
    // What was tried is what is written: the file's own settings, and over them those that are given.
    ...herdSettingsOf(context, name),
    ...givenSettings(context, herdOptions()),
    herd: url,
    herdApp: address.app,
    ...address.creds === undefined ? {} : { herdCreds: address.creds },
  });
  let messages: string[];
  try {
    messages = await timer.install(name);
  } catch (error) {
    throw new SentinelError("nothing", `${messageOf(error)}; ${path}: ${undoneText(undo())}`, error);
  }
  const who = machine === undefined ? "" : ` as ${machine}`;
  const text = [`${name} is one of the herd ${address.app} at ${url}${who}`, `Wrote ${path}`, ...messages];
  answer(context, text.join("\n"), { service: name, herd: url, app: address.app, machine: machine ?? null, messages });
  return EXIT.ok;
}

/** Connects once; returns who this machine is there. */
async function tried(address: StoreAddress): Promise<string | undefined> {
  return await withStoreFaults({ whose: "a machine", state: "nothing was changed" }, async () => {
    const store = await openHerdStore(address);
    try {
      await tryRights(store);
      return store.machine;
    } finally {
      await store.close();
    }
  });
}
