/** `quarantine`: the builds that must not be installed again. @module */
import { endOfEntry, knownQuarantine, quarantineEntries } from "../../core/state/quarantine.ts";
import { State } from "../../core/state/state.ts";
import { answer, type Command, type Context, pathArgument, subjectFrom } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UsageError } from "../cli_errors.ts";
import { endTime } from "../../service/end_time.ts";
import { EVENTS, HERD } from "../options/options.ts";
import { sentinelOf } from "../sentinel_of.ts";

const VERBS: Record<string, (context: Context, version: string) => number | Promise<number>> = { check, add, clear };

/** The command. */
export const command: Command = {
  usage: "list | check VERSION [--file FILE] | add VERSION [--file FILE] [--reason TEXT] " +
    "[--until DATE] | clear VERSION [--file FILE] | clear --all",
  summary: "Show or change the builds that must not be installed again; check exits with 0 if quarantined, else 1",
  verbs: ["list", ...Object.keys(VERBS)],
  examples: [
    "boot-sentinel quarantine check 2.0.0 --exe /opt/app/server; [ $? -eq 1 ] && install it",
    "boot-sentinel quarantine clear 2.0.0 --exe /opt/app/server",
    "boot-sentinel quarantine add 2.0.0 --until 2026-12-31 --reason 'not before the audit' --exe /opt/app/server",
  ],
  page: "docs/deploy.md",
  options: ["file", "reason", "until", "all", ...HERD, ...EVENTS],
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
  const lines = entries.map((entry) => {
    const { version, digest, reason, attempts, time } = entry;
    const end = endOfEntry(entry);
    const facts = [version, digest?.slice(0, 12) ?? "any bytes", reason, `${attempts} attempts`, time];
    return [...facts, ...end === undefined ? [] : [end]].join("\t");
  });
  if (context.settings.json) answer(context, "", { quarantined: entries });
  else if (lines.length > 0) context.io.stdout(lines.join("\n") + "\n");
  return EXIT.ok;
}

async function check(context: Context, version: string): Promise<number> {
  const build = digestOption(context);
  const quarantined = sentinelOf(context).isQuarantined(version, build);
  if (!quarantined && context.settings.herd !== undefined) {
    const { askHerdFile } = await import("../herd_gate.ts");
    const { kind, text } = askHerdFile(context, { version, ...build });
    answer(context, `${version} is not quarantined; it ${text}`, {
      version,
      quarantined,
      herd: { answer: kind, text },
    });
    // "Not yet" is a yes, too: the question is whether it must not be installed now.
    return kind === "free" ? EXIT.no : EXIT.ok;
  }
  answer(context, `${version} is ${quarantined ? "" : "not "}quarantined`, { version, quarantined });
  return quarantined ? EXIT.ok : EXIT.no;
}

function add(context: Context, version: string): number {
  const { reason } = context.settings;
  const until = endOption(context);
  sentinelOf(context).quarantine(version, {
    ...digestOption(context),
    ...(reason === undefined ? {} : { reason }),
    ...(until === undefined ? {} : { until }),
  });
  const end = until === undefined ? undefined : new Date(until).toISOString();
  answer(context, `Quarantined ${version}${end === undefined ? "" : ` until ${end}`}`, {
    version,
    quarantined: true,
    ...(end === undefined ? {} : { until: end }),
  });
  return EXIT.ok;
}

/** What is over at once would hold nothing, and that is not what was meant. */
function endOption({ settings: { until }, ports: { clock } }: Context): number | undefined {
  const end = until === undefined ? undefined : endTime(until, clock.now());
  if (end === undefined || end > clock.now()) return end;
  throw new UsageError(`Cannot use --until: ${until} is over already; nothing was quarantined; name a later time`);
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
