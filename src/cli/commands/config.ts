/** `config`: shows the settings and their origins, and checks the configuration file. @module */
import { answer, type Command, type Context } from "../command.ts";
import { configSchema } from "../options/config_schema.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UsageError } from "../cli_errors.ts";
import { defaultConfigPath, readConfig } from "../options/find_config.ts";
import { showDuration } from "../../service/duration.ts";
import { environmentOptions, specOf } from "../options/options.ts";
import { table } from "../output/table.ts";

const VERBS: Record<string, (context: Context) => number | Promise<number>> = { show, schema, validate };

/** The command. */
export const command: Command = {
  usage: "show | validate | schema [options]",
  summary: "Show each setting with its origin, check the configuration file, or print its JSON schema",
  details: "Order of precedence: flag, BOOT_SENTINEL_*, the file's section of --name, the file's other keys, default.",
  verbs: Object.keys(VERBS),
  examples: [
    "boot-sentinel config show --name web",
    "boot-sentinel config validate --config /etc/boot-sentinel.json",
    "boot-sentinel config schema > boot-sentinel.schema.json",
  ],
  page: "docs/configuration.md",
  options: environmentOptions(),
  finds: "none",
  positionals: [1, 1],
  run(context) {
    const [verb = ""] = context.positionals;
    const act = VERBS[verb];
    if (act === undefined) throw new UsageError(`Unknown verb ${verb}: it must be show, validate or schema`);
    return act(context);
  },
};

function show(context: Context): number {
  const { settings, originOf, io } = context;
  const rows = environmentOptions().map((key) => {
    const set = settings[key] ?? null;
    // A duration is shown as it is written in options, not in milliseconds.
    const value = specOf(key).kind === "duration" && set !== null ? showDuration(Number(set)) : set;
    return { key, value, origin: originOf(key) };
  });
  if (settings.json) {
    answer(context, "", { settings: Object.fromEntries(rows.map(({ key, ...row }) => [key, row])) });
    return EXIT.ok;
  }
  io.stdout(table(rows.map(({ key, value, origin }) => [
    key,
    value === null ? "-" : String(value),
    origin.where === "" ? origin.kind : `${origin.kind}: ${origin.where}`,
  ])));
  return EXIT.ok;
}

function schema({ io }: Context): number {
  io.stdout(JSON.stringify(configSchema(), null, 2) + "\n");
  return EXIT.ok;
}

/** Checks all sections. The keys for all services and the section of --name were checked before the command started. */
async function validate(context: Context): Promise<number> {
  const { settings, io, ports } = context;
  const config = await readConfig(ports.fs, settings.config, io);
  if (config === undefined) {
    answer(context, `There is no ${defaultConfigPath(io)}: the defaults apply`, { valid: true, file: null });
    return EXIT.ok;
  }
  const dirs = new Map<string, string>();
  for (const service of config.services) {
    const { values } = config.valuesFor(service, (read) => read());
    const dir = values["dataDir"];
    if (dir === undefined) continue;
    const other = dirs.get(String(dir));
    if (other !== undefined) {
      throw new UsageError(
        `Cannot use ${config.path}: ${other} and ${service} share the data directory ${dir}; give each its own`,
        EXIT.badConfig,
      );
    }
    dirs.set(String(dir), service);
  }
  const services = config.services.length === 0 ? "" : `, with ${config.services.join(", ")}`;
  answer(context, `${config.path} is valid${services}`, { valid: true, file: config.path, services: config.services });
  return EXIT.ok;
}
