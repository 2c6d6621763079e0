/** `doctor`: is protection on? @module */
import type { Finding } from "../../run/doctor/check.ts";
import { examine } from "../../run/doctor/doctor.ts";
import { writersAt } from "../../system/access.ts";
import { ffiFault } from "../../system/ffi_fault.ts";
import { answer, type Command, type Context, exeOf, sentinelOf } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { dataDirOf } from "../settings.ts";
import { painter, type Tone } from "../words.ts";

const MARKS: Record<Finding["verdict"], readonly [mark: string, tone: Tone]> = {
  good: ["ok", "good"],
  note: ["note", "warn"],
  bad: ["BAD", "bad"],
};

/** The command. */
export const command: Command = {
  usage: "--exe PATH [--json] [options]",
  summary: "Prove that protection is on, or say what is wrong and how to mend it",
  details:
    "Run it as the service's user, in the service's environment. Exit 0 when all is well, 1 when something is not.",
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
    const sentinel = sentinelOf(context, exe);
    const dir = settings.dataDir === undefined ? "" : ` --data-dir ${settings.dataDir}`;
    const findings = [
      ...examine({
        exe,
        dataDir: dataDirOf(settings, exe, io),
        self: io.self,
        commandFor: (words) => `boot-sentinel ${words}${dir} --exe ${exe}`,
        status: sentinel.status(settings.maxAttempts),
        history: sentinel.history(),
        env: io.env,
        ports,
        writersAt,
        ffiFault,
        configProblems: problems,
      }),
      ...await unitFindings(context, exe),
    ];
    const sick = findings.filter(({ verdict }) => verdict === "bad");
    if (settings.json) answer(context, "", { protected: sick.length === 0, findings });
    else if (!settings.quiet || sick.length > 0) io.stdout(view(settings.quiet ? sick : findings, io.colours));
    return sick.length === 0 ? EXIT.ok : EXIT.no;
  },
};

/** What systemd says of the unit that is named by --unit. */
async function unitFindings({ settings, io }: Context, exe: string): Promise<Finding[]> {
  const { unit, maxAttempts, afterRollback } = settings;
  if (unit === undefined) return [];
  const { examineUnit } = await import("../../run/systemd/read_facts.ts");
  const name = unit.includes(".") ? unit : `${unit}.service`;
  const dataDir = dataDirOf(settings, exe, io);
  return await examineUnit({ unit: name, exe, dataDir, maxAttempts, afterRollback }, (await io.watching()).systemctl);
}

function view(findings: readonly Finding[], colours: boolean): string {
  const paint = painter(colours);
  const lines = findings.map(({ check, verdict, text, mend }) => {
    const [mark, tone] = MARKS[verdict];
    const line = `${paint(tone, mark.padEnd(4))}  ${check.padEnd(13)}  ${text}\n`;
    return mend === undefined ? line : `${line}${" ".repeat(21)}${paint("strong", "mend:")} ${mend}\n`;
  });
  const sick = findings.filter(({ verdict }) => verdict === "bad").length;
  const end = sick === 0
    ? paint("good", "Protection is on")
    : paint("bad", `${sick} ${sick === 1 ? "thing needs" : "things need"} mending; begin with the first`);
  return `${lines.join("")}\n${end}\n`;
}
