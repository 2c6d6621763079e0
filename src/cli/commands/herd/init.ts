/** `herd init`: makes credentials, prints the server's configuration, and makes the buckets. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { absolutePath, fileIn } from "../../../core/state/paths.ts";
import { type KeyFile, putKeyFiles } from "../../../herd/setup/key_files.ts";
import { makeBuckets } from "../../../herd/setup/make_buckets.ts";
import { accountsConfig } from "../../../herd/setup/server_config.ts";
import { addressFault } from "../../../herd/stores/open_store.ts";
import { UsageError } from "../../cli_errors.ts";
import { answer, type Context } from "../../command.ts";
import { withStoreFaults } from "../../herd/store_fault.ts";

/** Runs it. */
export async function run(context: Context): Promise<number> {
  const { settings, io, ports: { fs } } = context;
  const app = settings.app ?? settings.herdApp;
  if (app === undefined) throw new UsageError("No app is named: boot-sentinel herd init --app APP --machines N");
  const { herd: url } = settings;
  const fault = url === undefined ? undefined : addressFault(url);
  if (fault !== undefined) throw new UsageError(`Cannot use --herd ${url}: ${fault}`);
  const folder = absolutePath(io.cwd, settings.dir ?? `herd-${app}`);
  const users = putKeyFiles(fs, folder, settings.machines);
  const config = configOf(app, folder, users);
  const state = `the credentials are in ${folder}, and the server has what it had`;
  const made = url === undefined || settings.dryRun
    ? []
    : await withStoreFaults({ whose: "a judge", state }, () =>
      makeBuckets({
        url,
        app,
        creds: settings.creds === undefined ? fileIn(folder, "judge.nk") : absolutePath(io.cwd, settings.creds),
        ca: settings.herdCa,
        timeoutMs: settings.herdTimeout,
      }));
  const told = made.map(({ bucket, outcome }) => `# ${BUCKETS[outcome](bucket)}\n`);
  answer(context, `${told.join("")}${config}`, {
    app,
    directory: folder,
    users: users.map(({ kind, name, key, path, isNew }) => ({ kind, name, key, path, new: isNew })),
    buckets: made,
    config,
  });
  return made.some(({ outcome }) => outcome === "unsafe") ? EXIT.no : EXIT.ok;
}

const BUCKETS = {
  made: (bucket: string) => `The bucket ${bucket} was made`,
  there: (bucket: string) => `The bucket ${bucket} is there`,
  unsafe: (bucket: string) =>
    `The bucket ${bucket} is there, and allows roll-ups: each machine can remove all reports; ` +
    `nats stream edit KV_${bucket} --no-allow-rollup`,
} as const;

/** The server's whole configuration. */
function configOf(app: string, folder: string, users: readonly KeyFile[]): string {
  const made = users.filter(({ isNew }) => isNew).map(({ name }) => `${name}.nk`);
  const machines = users.filter(({ kind }) => kind === "machine").length;
  return `# nats-server for the herd of ${app}: ${machines} ${
    machines === 1 ? "machine" : "machines"
  }, judge and operator
# Credentials: ${folder}${made.length === 0 ? "" : ` (new: ${shortList(made)})`}
# On Debian it is /etc/nats-server.conf. Before the first start, as root:
#   install -d -o nats -g nats -m 750 /var/lib/nats && systemctl restart nats-server
jetstream {
  store_dir: "/var/lib/nats"
}
# For other machines "0.0.0.0:4222"; over a network that is not your own only with tls.
listen: "127.0.0.1:4222"
# tls { cert_file: "/etc/nats/server.crt", key_file: "/etc/nats/server.key" }
${accountsConfig(app, users)}`;
}

function shortList(names: readonly string[]): string {
  return names.length <= 5 ? names.join(", ") : `${names.slice(0, 4).join(", ")}, … ${names.at(-1)}`;
}
