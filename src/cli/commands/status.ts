/** `status`: where things stand. @module */
import type { Status } from "../../core/status.ts";
import { type Command, sentinelOf } from "../command.ts";
import { EXIT } from "../exit_codes.ts";

/** The command. */
export const command: Command = {
  usage: "--exe PATH [--json] [options]",
  summary: "Show what is live, armed, kept and held",
  examples: ["boot-sentinel status --exe /opt/app/server", "boot-sentinel status --exe /opt/app/server --json"],
  positionals: [0, 0],
  run(context) {
    const status = sentinelOf(context).status(context.settings.maxAttempts);
    context.io.stdout(context.settings.json ? JSON.stringify(status) + "\n" : show(status));
    return EXIT.ok;
  },
};

function show(status: Status): string {
  const { pending, lastGood, rolledBack } = status;
  const rows: [string, string][] = [
    ["program", status.exe],
    ["state", status.state],
    [
      "on probation",
      pending === null ? "nothing" : `${pending.version}, attempt ${pending.attempts} of ${pending.maxAttempts}`,
    ],
    ["last-good", lastGood === null ? "none" : `${build(lastGood)}${lastGood.proven ? "" : ", unproven"}`],
    ...status.generations.map((kept): [string, string] => ["older", build(kept)]),
    ...(rolledBack === null ? [] : [
      ["rolled back", `${rolledBack.from} to ${rolledBack.to}, ${rolledBack.time}: ${rolledBack.reason}`] as [
        string,
        string,
      ],
    ]),
    ...status.quarantined.map((
      entry,
    ): [string, string] => [
      "quarantined",
      `${entry.version}: ${entry.reason}${entry.time === "" ? "" : `, ${entry.time}`}`,
    ]),
    ...status.problems.map((problem): [string, string] => ["problem", problem]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(13)} ${value}\n`).join("");
}

function build({ version, digest, size }: { version: string; digest: string; size: number }): string {
  return `${version} (${size} bytes${digest === "" ? "" : `, sha256 ${digest.slice(0, 12)}`})`;
}
