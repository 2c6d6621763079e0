/** Does systemd start a failing build as often as a rollback takes, and the restored one after it? Pure. @module */
import { startAgain } from "../deploy/service_down.ts";
import { GATE_MAY_TAKE_MS, startsUntilRestored } from "../install/systemd/mend.ts";
import { parseTimeSpan } from "../install/systemd/time_span.ts";
import { bad, type Finding, good, note, type Target } from "./check.ts";
import { type LiveUnit, setInUnit } from "./live_unit.ts";

/** The checks of restarts, start limits, timeouts and the kind of unit. */
export function restartChecks(unit: LiveUnit, target: Target): Finding[] {
  return [
    ...kindChecks(unit),
    startLimitCheck(unit, target),
    ...exitChecks(unit, target),
    ...timeoutChecks(unit),
    // The last: what made it fail is to be mended before it is started.
    ...(target.isInstalled ? downCheck(unit) : []),
  ];
}

/** systemd keeps the result of the last start, also when it is the start limit that keeps the unit down. */
function downCheck(unit: LiveUnit): Finding[] {
  const { name, isUsers } = unit;
  if (unit.fact("ActiveState") !== "failed" || unit.fact("SubState") !== "failed") return [];
  const text = `${name} is down: it failed (${unit.fact("Result")}), and systemd does not start it again by itself`;
  return [bad("unit state", "unit-down", text, startAgain(isUsers, [name]))];
}

function kindChecks(unit: LiveUnit): Finding[] {
  const { name, commands } = unit;
  if (unit.fact("Type") === "oneshot") {
    const text = `${name} has Type=oneshot: it does its work and ends, so no boot of it can be healthy`;
    return [bad("unit kind", "unit-oneshot", text, setInUnit(unit, "Service", "Type=exec"))];
  }
  const count = commands.ExecStart.length;
  if (count <= 1) return [];
  const text = `${name} has ${count} ExecStart= commands: which of them is the guarded program, nobody can say`;
  return [bad("unit kind", "several-commands", text, `make a unit of each: systemctl cat ${name}`)];
}

function startLimitCheck(unit: LiveUnit, { maxAttempts, afterRollback }: Target): Finding {
  const burst = Number(unit.fact("StartLimitBurst") || 0);
  const intervalMs = parseTimeSpan(unit.fact("StartLimitIntervalUSec")) ?? 0;
  const needed = startsUntilRestored(maxAttempts, afterRollback);
  if (burst === 0 || intervalMs === 0) return good("start limit", `${unit.name} has no limit of starts`);
  const pauseMs = parseTimeSpan(unit.fact("RestartUSec")) ?? 0;
  const isReached = pauseMs * burst < intervalMs;
  if (burst < needed && isReached) {
    return bad(
      "start limit",
      "start-limit-too-low",
      `systemd stops restarting ${unit.name} after ${burst} starts in ${intervalMs / 1000} s, but a rollback takes ` +
        `${needed}: the service would stay down`,
      setInUnit(unit, "Unit", `StartLimitBurst=${needed * 4}`),
    );
  }
  if (!isReached) {
    return note(
      "start limit",
      "start-limit-unreachable",
      `${burst} starts take longer than its ${intervalMs / 1000} s: the limit is never reached, so a bad program for ` +
        "which there is no last-good is restarted without end",
    );
  }
  return good("start limit", `${burst} starts in ${intervalMs / 1000} s; ${needed} are needed for a rollback`);
}

function exitChecks(unit: LiveUnit, { afterRollback }: Target): Finding[] {
  const restart = unit.fact("Restart") || "no";
  const prevented = unit.fact("RestartPreventExitStatus").trim();
  const forces75 = /(^|\s)75(\s|$)/.test(unit.fact("RestartForceExitStatus"));
  const findings: Finding[] = [];
  if (prevented !== "") {
    findings.push(
      bad(
        "restart",
        "restart-prevented",
        `RestartPreventExitStatus=${prevented}: a build that ends so is not started again, and so never rolled back`,
        setInUnit(unit, "Service", "RestartPreventExitStatus="),
      ),
    );
  }
  if (restart === "no" || (restart === "on-success" && !forces75)) {
    const text = `Restart=${restart}: a build that crashes is not started again`;
    return [...findings, bad("restart", "no-restart", text, setInUnit(unit, "Service", "Restart=always"))];
  }
  if (afterRollback === "exit" && restart !== "always" && restart !== "on-failure" && !forces75) {
    const text = "systemd does not start the restored build after exit 75";
    const advice = setInUnit(unit, "Service", "RestartForceExitStatus=75");
    return [...findings, bad("restart", "no-restart-after-rollback", text, advice)];
  }
  if (restart === "on-abnormal" || restart === "on-abort" || restart === "on-watchdog") {
    const text = `Restart=${restart}: a build that ends with an exit code is not started again`;
    return [...findings, bad("restart", "no-restart", text, setInUnit(unit, "Service", "Restart=always"))];
  }
  if (restart !== "always") {
    const text = `Restart=${restart}: a build that ends with 0, or by SIGTERM when it hangs, stays down`;
    return [...findings, note("restart", "no-restart-after-exit-0", text)];
  }
  return findings.length > 0 ? findings : [good("restart", "Restart=always")];
}

function timeoutChecks(unit: LiveUnit): Finding[] {
  const timeoutMs = parseTimeSpan(unit.fact("TimeoutStartUSec")) ?? Infinity;
  // systemd counts it anew for each command of ExecStartPre=.
  if (timeoutMs >= GATE_MAY_TAKE_MS || timeoutMs === 0) return [];
  const text = `TimeoutStartSec=${timeoutMs / 1000} is less than the gate may need to put a build back and to pause ` +
    `(${GATE_MAY_TAKE_MS / 1000} s): systemd would stop it amid its work`;
  const advice = setInUnit(unit, "Service", `TimeoutStartSec=${GATE_MAY_TAKE_MS / 1000}`);
  return timeoutMs < 10_000
    ? [bad("unit timeout", "timeout-too-short", text, advice)]
    : [note("unit timeout", "timeout-short", `${text}; ${advice}`)];
}
