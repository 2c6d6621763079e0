/** `quarantine`: the builds that must not be installed again. @module */
import { knownQuarantine, quarantineEntries } from "../../core/state/quarantine.ts";
import { State } from "../../core/state/state.ts";
import { answer, type Command, type Context, pathArgument, subjectFrom } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UsageError } from "../cli_errors.ts";
import { EVENTS } from "../options/options.ts";
import { sentinelOf } from "../sentinel_of.ts";

const VERBS: Record<string, (context: Context, version: string) => number> = { check, add, clear };

/** The command. */
export const command: Command = {
  usage: "list | check VERSION [--file FILE] | add VERSION [--file FILE] [--reason TEXT] | " +
    "clear VERSION [--file FILE] | clear --all",
  summary: "Show or change the builds that must not be installed again; check exits with 0 if quarantined, else 1",
  verbs: ["list", ...Object.keys(VERBS)],
  examples: [
    "boot-sentinel quarantine check 2.0.0 --exe /opt/app/server; [ $? -eq 1 ] && install it",
    "boot-sentinel quarantine clear 2.0.0 --exe /opt/app/server",
  ],
  page: "docs/deploy.md",
  options: ["file", "reason", "all", ...EVENTS],
  positionals: [1, 2],
  run(context) {
    const [verb = "", version] = context.positionals;
    if (verb === "list") return list(context);
    if (verb === "clear" && context.settings.all && version === undefined) return clearAll(context);
    const act = VERBS[verb];
    if (act === undefined) throw new UsageError(`Unknown verb ${verb}: it must be list, check, add or clear`);
    if (version === undefined || version.trim() === "") {
      throw new UsageError(`No version is named: boot-sentinel quarantine ${verb} VERSION`);
    }
    return act(context, version);
  },
};

function list(context: Context): number {
  const entries = quarantineEntries(knownQuarantine(new State(context.ports, subjectFrom(context))));
  const lines = entries.map(({ version, digest, reason, attempts, time }) =>
    [version, digest?.slice(0, 12) ?? "any bytes", reason, `${attempts} attempts`, time].join("\t")
  );
  if (context.settings.json) answer(context, "", { quarantined: entries });
  else if (lines.length > 0) context.io.stdout(lines.join("\n") + "\n");
  return EXIT.ok;
}

function check(context: Context, version: string): number {
  const quarantined = sentinelOf(context).isQuarantined(version, digestOption(context));
  answer(context, `${version} is ${quarantined ? "" : "not "}quarantined`, { version, quarantined });
  return quarantined ? EXIT.ok : EXIT.no;
}

function add(context: Context, version: string): number {
  const { reason } = context.settings;
  sentinelOf(context).quarantine(version, { ...digestOption(context), ...(reason === undefined ? {} : { reason }) });
  answer(context, `Quarantined ${version}`, { version, quarantined: true });
  return EXIT.ok;
}

function clear(context: Context, version: string): number {
  const cleared = sentinelOf(context).clearQuarantine(version, digestOption(context));
  const text = cleared ? `${version} is no longer quarantined` : `${version} was not quarantined`;
  answer(context, text, { version, cleared });
  return EXIT.ok;
}

function clearAll(context: Context): number {
  const sentinel = sentinelOf(context);
  const cleared = sentinel.quarantinedVersions();
  for (const version of cleared) sentinel.clearQuarantine(version);
  const text = cleared.length === 0 ? "Nothing was quarantined" : `No longer quarantined: ${cleared.join(", ")}`;
  answer(context, text, { cleared });
  return EXIT.ok;
}

function digestOption(context: Context): { digest?: string } {
  const { file } = context.settings;
  return file === undefined ? {} : { digest: context.ports.fs.digest(pathArgument(context, file)) };
}
