/** Finds out whether a service was stopped on request, from what systemd passes to `ExecStopPost=` commands. @module */

/** How the service ended: the variables that systemd sets for `ExecStopPost=`, and its job. */
export interface ServiceEnd {
  /** `SERVICE_RESULT`. */
  readonly result: string | undefined;
  /** `EXIT_CODE`: exited, killed, dumped. */
  readonly exitCode: string | undefined;
  /** `EXIT_STATUS`: a number or the signal's name without SIG. */
  readonly exitStatus: string | undefined;
  /** systemd is stopping or restarting the unit on request; `undefined`: unknown, since systemd does not answer. */
  readonly stopJob: boolean | undefined;
}

/** Signals by which a program is asked to stop. A crash never causes them, but a program can send them to itself. */
const STOP_SIGNALS = ["TERM", "INT", "HUP"];

/**
 * Why the end is not a failure of the program; `undefined` if it is one.
 *
 * @param exitOk Exit codes that are not a failure.
 */
export function reasonOfStop(end: ServiceEnd, exitOk: readonly number[]): string | undefined {
  if (end.result === "exec-condition") return "its ExecCondition= was not met";
  if (end.stopJob === true) return "systemd stops or restarts the service on request";
  // After a start timeout or a watchdog timeout systemd also sends SIGTERM, but then SERVICE_RESULT is not "success".
  if (
    end.stopJob === undefined && end.result === "success" && end.exitCode === "killed" &&
    STOP_SIGNALS.includes(end.exitStatus ?? "")
  ) {
    return `it was ended by SIG${end.exitStatus}, and systemd does not say whether that was asked for`;
  }
  if (end.exitCode === "exited" && exitOk.includes(Number(end.exitStatus))) return `it exited with ${end.exitStatus}`;
  return undefined;
}

/** `0,100` → `[0, 100]`. Throws an `Error` that says what is wrong. */
export function parseExitCodes(text: string): number[] {
  return text.split(",").map((word) => {
    const code = Number(word);
    if (!/^\s*\d{1,3}\s*$/.test(word) || code > 255) throw new Error(`${word} is not an exit code from 0 to 255`);
    return code;
  });
}
