/**
 * Checks whether a systemd unit lets the gate work. Pure functions of the output of `systemctl show`.
 *
 * @module
 */
import { dirname } from "@std/path/dirname.js";
import { shellWord } from "../../core/shell_word.ts";
import { bad, type Finding, good, note } from "./check.ts";
import { affectedRuntime, FATAL_VARIABLES } from "../install/runtime_variables.ts";
import { quotePath } from "../install/systemd/quote.ts";
import { startsUntilRestored } from "../install/systemd/mend.ts";
import { parseShow, variableNames } from "../install/systemd/ask_systemd.ts";
import { parseTimeSpan } from "../install/systemd/time_span.ts";

/** What the checks compare the unit with. */
export interface UnitContext {
  readonly unit: string;
  readonly exe: string;
  readonly dataDir: string;
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
}

/** A unit's properties by their names in `systemctl show`. */
type Facts = Readonly<Record<string, string>>;

/** The properties that are read. */
export const UNIT_PROPERTIES: readonly string[] = [
  "LoadState",
  "Type",
  "ExecStart",
  "ExecStartPre",
  "ExecStopPost",
  "Restart",
  "RestartUSec",
  "RestartForceExitStatus",
  "RestartPreventExitStatus",
  "StartLimitBurst",
  "StartLimitIntervalUSec",
  "KillMode",
  "ProtectSystem",
  "ProtectHome",
  "ReadWritePaths",
  "ReadOnlyPaths",
  "InaccessiblePaths",
  "StateDirectory",
  "MemoryDenyWriteExecute",
  "Environment",
  "UnsetEnvironment",
  "User",
];

/** Checks a unit. `shown`: the output of `systemctl show` with {@link UNIT_PROPERTIES}. */
export function checkUnit(shown: string, context: UnitContext): Finding[] {
  const facts = parseShow(shown);
  const { unit } = context;
  if (facts["LoadState"] !== "loaded") {
    const why = facts["LoadState"] ?? "systemd has no such unit";
    return [bad("unit", "unit-unknown", `${unit} cannot be checked: ${why}`, `systemctl status ${shellWord(unit)}`)];
  }
  const dropIn = `boot-sentinel service install --drop-in ${shellWord(unit)}`;
  return [
    checkGate(facts, context, dropIn),
    checkStartLimit(facts, context),
    checkRestart(facts, context),
    checkStop(facts, context, dropIn),
    checkPlaces(facts, context),
    ...checkRuntime(facts, context),
  ];
}

function checkGate(facts: Facts, { unit, exe }: UnitContext, advice: string): Finding {
  const command = facts["ExecStart"] ?? "";
  const gated = /argv\[\]=\S+ run (.* )?-- /.test(command) || / check .*--exe /.test(facts["ExecStartPre"] ?? "");
  if (!gated) {
    return bad("unit gate", "not-gated", `${unit} starts its program without the gate: no boot is ever judged`, advice);
  }
  if (facts["Type"] === "forking") {
    return bad(
      "unit gate",
      "unit-forks",
      `${unit} has Type=forking: its program ends the watched process and goes on in another one`,
      "Type=exec in the unit",
    );
  }
  return command.includes(exe) || !/ run /.test(command)
    ? good("unit gate", `${unit} starts its program through the gate`)
    : bad(
      "unit gate",
      "guards-another",
      `${unit} guards another program than ${exe}`,
      `boot-sentinel doctor --unit ${shellWord(unit)} --exe PATH`,
    );
}

function checkStartLimit(facts: Facts, { maxAttempts, afterRollback, unit }: UnitContext): Finding {
  const burst = Number(facts["StartLimitBurst"] ?? 0);
  const intervalMs = parseTimeSpan(facts["StartLimitIntervalUSec"]) ?? 0;
  const needed = startsUntilRestored(maxAttempts, afterRollback);
  if (burst === 0 || intervalMs === 0) return good("start limit", `${unit} has no limit of starts`);
  if (burst < needed) {
    return bad(
      "start limit",
      "start-limit-too-low",
      `systemd stops restarting ${unit} after ${burst} starts in ${intervalMs / 1000} s, but a rollback takes ` +
        `${needed}: the service would stay down`,
      `StartLimitBurst=${needed * 4} in the [Unit] section, or --max-attempts ${
        Math.max(1, burst - (needed - maxAttempts))
      }`,
    );
  }
  const pauseMs = parseTimeSpan(facts["RestartUSec"]) ?? 0;
  if (pauseMs * burst >= intervalMs) {
    return note(
      "start limit",
      "start-limit-unreachable",
      `${burst} starts take longer than its ${intervalMs / 1000} s: the limit is never reached, so a bad program for ` +
        "which there is no last-good is restarted without end",
    );
  }
  return good("start limit", `${burst} starts in ${intervalMs / 1000} s; ${needed} are needed for a rollback`);
}

function checkRestart(facts: Facts, { afterRollback }: UnitContext): Finding {
  const restart = facts["Restart"] ?? "no";
  const has75 = (name: string) => /(^|\s)75(\s|$)/.test(facts[name] ?? "");
  if (has75("RestartPreventExitStatus")) {
    return bad(
      "restart",
      "restart-prevented",
      "RestartPreventExitStatus=75 prevents the start of the restored build",
      "remove 75 from it",
    );
  }
  if (restart === "no" || (restart === "on-success" && !has75("RestartForceExitStatus"))) {
    return bad(
      "restart",
      "no-restart",
      `Restart=${restart}: a build that crashes is not started again`,
      "Restart=always",
    );
  }
  if (afterRollback === "exit" && restart === "on-abnormal" && !has75("RestartForceExitStatus")) {
    return bad(
      "restart",
      "no-restart-after-rollback",
      "systemd does not start the restored build after exit 75",
      "RestartForceExitStatus=75",
    );
  }
  if (restart !== "always") {
    return note(
      "restart",
      "no-restart-after-exit-0",
      `Restart=${restart}: a build that ends with 0, or by SIGTERM when it hangs, stays down`,
    );
  }
  return good("restart", "Restart=always");
}

function checkStop(facts: Facts, { unit }: UnitContext, advice: string): Finding {
  if (/ stopped /.test(facts["ExecStopPost"] ?? "")) {
    return good("stop", "a stop on request does not count as a failure");
  }
  return note(
    "stop",
    "stops-count",
    `without ExecStopPost=boot-sentinel stopped, a stop of ${unit} during probation counts as a failed boot; ${advice}`,
  );
}

function checkPlaces(facts: Facts, { exe, dataDir }: UnitContext): Finding {
  const list = (name: string) =>
    (facts[name] ?? "").split(/\s+/).map((path) => path.replace(/^[-+]+/, "")).filter(Boolean);
  const open = [...list("ReadWritePaths"), ...list("StateDirectory").map((name) => `/var/lib/${name}`)];
  const closed = [...list("ReadOnlyPaths"), ...list("InaccessiblePaths"), ...protectedPaths(facts)];
  for (const dir of [dirname(exe), dataDir]) {
    const depth = (paths: string[]) =>
      Math.max(-1, ...paths.filter((path) => contains(path, dir)).map((path) => path.length));
    if (depth(closed) > depth(open)) {
      return bad(
        "unit places",
        "unit-read-only",
        `${dir} is read-only in the unit: a rollback cannot write it`,
        `ReadWritePaths=${quotePath(dir)}`,
      );
    }
  }
  return good("unit places", "the unit may write the directories that a rollback writes");
}

function protectedPaths(facts: Facts): string[] {
  const system: Record<string, string[]> = {
    yes: ["/usr", "/boot", "/efi"],
    full: ["/usr", "/boot", "/efi", "/etc"],
    strict: ["/"],
  };
  const home = ["yes", "read-only", "tmpfs"].includes(facts["ProtectHome"] ?? "")
    ? ["/home", "/root", "/run/user"]
    : [];
  return [...system[facts["ProtectSystem"] ?? ""] ?? [], ...home];
}

function contains(folder: string, path: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder.replace(/\/$/, "")}/`);
}

function checkRuntime(facts: Facts, { unit }: UnitContext): Finding[] {
  const findings: Finding[] = [];
  if (facts["MemoryDenyWriteExecute"] === "yes") {
    findings.push(
      bad(
        "unit runtime",
        "no-jit",
        "MemoryDenyWriteExecute=yes makes the gate crash: its runtime compiles code in memory",
        "MemoryDenyWriteExecute=no",
      ),
    );
  }
  return [...findings, ...checkVariables(facts, unit)];
}

function checkVariables(facts: Facts, unit: string): Finding[] {
  const cleared = variableNames(facts["UnsetEnvironment"]);
  const reaching = variableNames(facts["Environment"]).filter((name) => !cleared.includes(name));
  const findings: Finding[] = [];
  const bun = reaching.filter((name) => affectedRuntime(name) === "bun").join(" ");
  const deno = reaching.filter((name) => affectedRuntime(name) === "deno").join(" ");
  if (bun !== "") {
    const text = `${unit} sets ${bun}, which changes the runtime inside the gate, too`;
    findings.push(bad("unit runtime", "runtime-variables", text, `set ${bun} in a wrapper after --`));
  } else if (FATAL_VARIABLES.some((name) => !cleared.includes(name))) {
    const names = FATAL_VARIABLES.join(" ");
    findings.push(
      note(
        "unit runtime",
        "runtime-variables-open",
        `${names}, if set for the whole machine, would break the gate: UnsetEnvironment=${names}`,
      ),
    );
  }
  if (deno !== "") {
    findings.push(
      note("unit runtime", "runtime-variables", `${unit} sets ${deno}: a gate compiled with Deno would use it`),
    );
  }
  return findings;
}
