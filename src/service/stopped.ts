/** After the end of the service: was it asked for? What systemd tells an `ExecStopPost=` command decides. @module */

/** How the service ended, in systemd's words. */
export interface ServiceEnd {
  /** `SERVICE_RESULT`. */
  readonly result: string | undefined;
  /** `EXIT_CODE`: exited, killed, dumped. */
  readonly exitCode: string | undefined;
  /** `EXIT_STATUS`: a number or the signal's name without SIG. */
  readonly exitStatus: string | undefined;
  /** systemd is stopping or restarting the unit on request; `undefined` when it cannot be asked. */
  readonly stopJob: boolean | undefined;
}

/** Signals that programs are asked to end with, and do not send themselves. */
const REQUESTS = ["TERM", "INT", "HUP"];

/**
 * Why the end is no failure of the program, or `undefined`.
 *
 * @param exitOk Exit codes with which the program ends when all is well.
 */
export function reasonOfStop(end: ServiceEnd, exitOk: readonly number[]): string | undefined {
  if (end.stopJob === true) return "the service manager was asked to stop it";
  // A start that took too long, or a watchdog, also ends with SIGTERM; their results are others.
  if (end.result === "success" && end.exitCode === "killed" && REQUESTS.includes(end.exitStatus ?? "")) {
    return `it was ended by SIG${end.exitStatus}`;
  }
  if (end.exitCode === "exited" && exitOk.includes(Number(end.exitStatus))) return `it exited with ${end.exitStatus}`;
  return undefined;
}
