/**
 * A hosted program as a service: what the service manager is told, and when. Without Windows: the connection and the
 * launcher come in.
 *
 * @module
 */
import type { ServiceControl, ServiceLink } from "../../system/windows/service.ts";
import { supervise, type SupervisionEnd, type SupervisorOptions } from "./supervisor.ts";

/** How a program is hosted as a service. */
export interface ServiceSupervisorOptions<Spec> extends SupervisorOptions<Spec> {
  /** How long the gate may take before the program is started, in milliseconds. @default {600000} */
  readonly gateWaitMs?: number;
}

/** Between two signs of life while stopping. */
const CHECKPOINT_MS = 1000;
/** More than a checkpoint takes to come, even on a busy machine. */
const STOP_WAIT_MS = 10_000;

/**
 * Hosts a program and keeps the service manager informed, STOPPED included.
 *
 * @param link The connection; START_PENDING was reported.
 * @param options How the program is hosted. Called only here, so that its work is covered by the wait hint.
 * @param onControl Takes the function that gets the manager's controls.
 */
export async function hostLinked<Spec>(
  link: ServiceLink,
  options: () => ServiceSupervisorOptions<Spec>,
  onControl: (listener: (control: ServiceControl) => void) => void,
): Promise<SupervisionEnd> {
  let end: SupervisionEnd = { exitCode: 1, requested: false };
  try {
    end = await hostUntilStopped(link, options, onControl);
    return end;
  } finally {
    const clean = end.requested || end.exitCode === 0;
    await link.stopped(clean ? { kind: "clean" } : { kind: "failed", code: end.exitCode });
  }
}

async function hostUntilStopped<Spec>(
  link: ServiceLink,
  optionsOf: () => ServiceSupervisorOptions<Spec>,
  onControl: (listener: (control: ServiceControl) => void) => void,
): Promise<SupervisionEnd> {
  link.starting(STOP_WAIT_MS);
  const options = optionsOf();
  // One long hint: the gate is synchronous, no checkpoint could be reported while it restores a big program.
  link.starting(options.gateWaitMs ?? 600_000);
  const host = supervise({
    ...options,
    onStarted(program, control) {
      link.running();
      options.onStarted?.(program, control);
    },
    onEnded(exitCode, requested) {
      // Also after a program that could not be started: a service that waits to try again must take the stop control.
      link.running();
      options.onEnded?.(exitCode, requested);
    },
  });
  let beat: ReturnType<typeof setInterval> | undefined;
  // Only once: a shutdown follows a preshutdown, and a second stop would kill.
  onControl((control) => {
    if (beat !== undefined) return;
    link.stopping(STOP_WAIT_MS);
    beat = setInterval(() => link.stopping(STOP_WAIT_MS), CHECKPOINT_MS);
    host.stop(`the service manager says ${control}`);
  });
  try {
    return await host.done;
  } finally {
    clearInterval(beat);
  }
}
