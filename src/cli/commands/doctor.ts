/** `doctor`: checks that the service is protected. @module */
import { dirname } from "@std/path/dirname.js";
import { EXIT } from "../../core/exit_codes.ts";
import { shellWord } from "../../core/shell_word.ts";
import type { Finding, Target } from "../../service/doctor/check.ts";
import { examineService, isProtected } from "../../service/doctor/examine_service.ts";
import { doctorMachine } from "../../service/doctor/machine.ts";
import { examineSettings } from "../../service/doctor/settings_checks.ts";
import { ffiFault } from "../../system/ffi/ffi_fault.ts";
import { answer, type Command, type Context, dataOf, exeOf } from "../command.ts";
import { DATA } from "../options/options.ts";
import { configPath } from "../options/find_config.ts";
import { dataDirOf } from "../options/settings.ts";
import { namedPage, pageAbout } from "../output/pages.ts";
import { painter, type Tone } from "../output/format.ts";

const MARKS: Record<Finding["verdict"], readonly [mark: string, tone: Tone]> = {
  good: ["ok", "good"],
  note: ["note", "warn"],
  unknown: ["?", "warn"],
  bad: ["BAD", "bad"],
};

/** The command. */
export const command: Command = {
  usage: "[--name NAME | --exe PATH] [--unit UNIT] [--json] [options]",
  summary: "Check that the service is protected, or show what is wrong and how to fix it",
  details:
    "Exit 0 when the service is protected, 1 when it is not, 2 when it could not be seen. Works as any user; as root it\n" +
    "sees all. With --unit it looks with the rights and the limits that the gate has in that unit.",
  examples: [
    "boot-sentinel doctor --name app",
    "boot-sentinel doctor --exe /opt/app/server --data-dir /var/lib/app --unit app",
    "systemd-run --pipe --uid=app boot-sentinel doctor --exe /opt/app/server --data-dir /var/lib/app",
  ],
  page: "docs/status.md",
  options: ["unit", "confirm", "afterRollback", "probe", "probeTimeout", ...DATA],
  positionals: [0, 0],
  tolerant: true,
  async run(context) {
    const { settings, io, ports, problems } = context;
    const findings = [
      ...examineSettings({ env: io.env.all, ffiFault, configProblems: problems }),
      ...await examineService(targetOf(context), doctorMachine(ports, io), {
        configFile: configPath(settings.config, io),
        configProblems: problems,
      }),
      ...await examineHerd(context),
    ];
    const isOn = isProtected(findings);
    const shown = settings.quiet
      ? findings.filter(({ verdict }) => verdict === "bad" || verdict === "unknown")
      : findings;
    if (settings.json) answer(context, "", { protected: isOn ?? null, findings });
    else if (!settings.quiet || isOn !== true) io.stdout(view(shown, isOn, io.colours));
    return isOn === undefined ? EXIT.unknown : isOn ? EXIT.ok : EXIT.no;
  },
};

/** Its part in its herd, if it is in one. */
async function examineHerd(context: Context): Promise<Finding[]> {
  const { settings: { herd: url, name }, ports: { clock, fs, host } } = context;
  if (url === undefined || name === undefined) return [];
  const [{ herdFindings }, { readHerdFile }, { herdTimer }] = await Promise.all([
    import("../../herd/machine/herd_findings.ts"),
    import("../../herd/machine/herd_file.ts"),
    import("./herd/registered_herd.ts"),
  ]);
  const timer = await herdTimer(context);
  return herdFindings({
    url,
    timer: { isOn: await timer.isOn(name), show: timer.show(name) },
    answer: readHerdFile(fs, targetOf(context).dataDir),
    now: clock.now(),
    selector: `--name ${shellWord(name, host.os)}`,
  });
}

/** The service that the settings name. */
function targetOf(context: Context): Target {
  const { settings, io, ports } = context;
  const exe = exeOf(context);
  const dataDir = dataDirOf(settings, exe, io, ports.fs);
  return {
    exe,
    isStarted: settings.guard === undefined,
    dataDir,
    ...dataOf(context),
    members: settings.with,
    pin: settings.pin,
    probes: settings.probe ?? [],
    probeTimeoutMs: settings.probeTimeout,
    unit: settings.unit === undefined ? undefined : { name: unitName(settings.unit) },
    gateAs: "user",
    isInstalled: true,
    self: io.self,
    maxAttempts: settings.maxAttempts,
    afterRollback: settings.afterRollback,
    isConfirmedByHand: settings.confirm === "manual",
    version: settings.appVersion,
    selector: selectorOf(context, exe, dataDir),
  };
}

function unitName(unit: string): string {
  return unit.includes(".") ? unit : `${unit}.service`;
}

/** The options that name this service in another command. */
function selectorOf({ settings, originOf, ports }: Context, exe: string, dataDir: string): string {
  const quoted = (text: string) => shellWord(text, ports.host.os);
  if (originOf("exe").kind === "file" && settings.name !== undefined) return `--name ${quoted(settings.name)}`;
  const dir = dataDir === dirname(exe) ? "" : `--data-dir ${quoted(dataDir)} `;
  return `${dir}${settings.guard === undefined ? "--exe" : "--guard"} ${quoted(exe)}`;
}

function view(findings: readonly Finding[], isOn: boolean | undefined, colours: boolean): string {
  const paint = painter(colours);
  const lines = findings.map(({ check, code, verdict, text, advice }) => {
    const [mark, tone] = MARKS[verdict];
    const line = `${paint(tone, mark.padEnd(4))}  ${check.padEnd(13)}  ${text}\n`;
    if (advice === undefined) return line;
    const below = " ".repeat(21);
    const page = pageAbout(code);
    return `${line}${below}${paint("strong", verdict === "unknown" ? "see:" : "fix:")} ${advice}\n` +
      (page === undefined ? "" : `${below}${paint("faint", `manual: ${namedPage(page)}`)}\n`);
  });
  const count = (verdict: Finding["verdict"]) => findings.filter((finding) => finding.verdict === verdict).length;
  const end = isOn === true
    ? paint("good", "Protection is on")
    : isOn === false
    ? paint("bad", `Problems found: ${count("bad")}; fix the first one first`)
    : paint("warn", `Whether protection is on could not be seen: ${count("unknown")} open, each with what shows it`);
  return `${lines.join("")}\n${end}\n`;
}
