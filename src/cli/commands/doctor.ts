/** `doctor`: checks that the service is protected. @module */
import type { ExaminedUnit } from "../../service/doctor/examine_unit.ts";
import type { Finding, Runner } from "../../service/doctor/check.ts";
import { shellWord } from "../../core/shell_word.ts";
import { resolveOrSelf } from "../../core/state/state_files.ts";
import { examine } from "../../service/doctor/doctor.ts";
import { writersAt } from "../../system/fs/access.ts";
import { ffiFault } from "../../system/ffi/ffi_fault.ts";
import { thisUser } from "../../system/linux/this_user.ts";
import { dirname } from "@std/path/dirname.js";
import { answer, type Command, type Context, exeOf } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { configPath } from "../options/find_config.ts";
import { dataDirOf } from "../options/settings.ts";
import { painter, type Tone } from "../output/format.ts";
import { sentinelOf } from "../sentinel_of.ts";

const MARKS: Record<Finding["verdict"], readonly [mark: string, tone: Tone]> = {
  good: ["ok", "good"],
  note: ["note", "warn"],
  bad: ["BAD", "bad"],
};

/** The command. */
export const command: Command = {
  usage: "--exe PATH [--json] [options]",
  summary: "Check that the service is protected, or show what is wrong and how to fix it",
  details: "Run it as the service's user, in the service's environment. Exit 0 when the service is protected, else 1.",
  examples: [
    "boot-sentinel doctor --exe /opt/app/server",
    "boot-sentinel doctor --exe /opt/app/server --data-dir /var/lib/app --unit app",
    "systemd-run --pipe --uid=app boot-sentinel doctor --exe /opt/app/server --data-dir /var/lib/app",
  ],
  options: ["unit"],
  positionals: [0, 0],
  tolerant: true,
  async run(context) {
    const { settings, io, ports, problems } = context;
    const exe = exeOf(context);
    const sentinel = sentinelOf(context);
    const dataDir = dataDirOf(settings, exe, io, ports.fs);
    const quoted = (text: string) => shellWord(text, ports.host.os);
    const dir = dataDir === dirname(exe) ? "" : ` --data-dir ${quoted(dataDir)}`;
    const unit = await examinedUnit(context, exe, dataDir);
    const findings = [
      ...examine({
        exe,
        dataDir,
        runner: unit.runner ?? currentUser(),
        self: io.self,
        commandFor: (command) =>
          `boot-sentinel ${command}${dir} ${command === "run" ? `-- ${quoted(exe)} …` : `--exe ${quoted(exe)}`}`,
        status: sentinel.status(),
        history: sentinel.history(),
        env: io.env.all,
        ports,
        writersAt,
        ffiFault,
        configFile: configPath(settings.config, io),
        configProblems: problems,
      }),
      ...unit.findings,
    ];
    const failing = findings.filter(({ verdict }) => verdict === "bad");
    if (settings.json) answer(context, "", { protected: failing.length === 0, findings });
    else if (!settings.quiet || failing.length > 0) io.stdout(view(settings.quiet ? failing : findings, io.colours));
    return failing.length === 0 ? EXIT.ok : EXIT.no;
  },
};

/** The findings about the unit of --unit. */
async function examinedUnit({ settings, io, ports }: Context, exe: string, dataDir: string): Promise<ExaminedUnit> {
  const { unit, maxAttempts, afterRollback } = settings;
  if (unit === undefined) return { findings: [] };
  const { examineUnit } = await import("../../service/doctor/examine_unit.ts");
  const name = unit.includes(".") ? unit : `${unit}.service`;
  const program = resolveOrSelf(ports.fs, exe);
  return await examineUnit({ unit: name, exe, dataDir, maxAttempts, afterRollback }, program, io.systemctl, io.runTool);
}

/** Without --unit it is assumed that doctor runs as the service's user. */
function currentUser(): Runner {
  const { name, uid } = thisUser();
  return { name, writer: `user ${uid}` };
}

function view(findings: readonly Finding[], colours: boolean): string {
  const paint = painter(colours);
  const lines = findings.map(({ check, verdict, text, advice }) => {
    const [mark, tone] = MARKS[verdict];
    const line = `${paint(tone, mark.padEnd(4))}  ${check.padEnd(13)}  ${text}\n`;
    return advice === undefined ? line : `${line}${" ".repeat(21)}${paint("strong", "fix:")} ${advice}\n`;
  });
  const failing = findings.filter(({ verdict }) => verdict === "bad").length;
  const end = failing === 0
    ? paint("good", "Protection is on")
    : paint("bad", `Problems found: ${failing}; fix the first one first`);
  return `${lines.join("")}\n${end}\n`;
}
