/**
 * Reports the state of a hosted program to the Windows service control manager (SCM). Contains no Windows calls: the
 * connection and the launcher are parameters.
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

/** While stopping, a checkpoint is reported this often. */
const CHECKPOINT_MS = 1000;
/** The wait hint: if no checkpoint comes within this time, the SCM takes the service for hung. */
const STOP_WAIT_MS = 10_000;

/**
 * Hosts a program and reports its state to the SCM, STOPPED included.
 *
 * @param link The connection; START_PENDING was reported.
 * @param options Makes the options. It is called here, after a wait hint was reported, since it may take long.
 * @param onControl Registers the function that receives the SCM's controls.
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
  // One long wait hint: the gate is synchronous, so no checkpoint can be reported while it restores a large program.
  link.starting(options.gateWaitMs ?? 600_000);
  const host = supervise({
    ...options,
    onStarted(program, control) {
      link.running();
      options.onStarted?.(program, control);
    },
    onEnded(...end) {
      // Also when the program could not be started: the SCM sends stop controls only to a service that is RUNNING, and
      // this one now waits for the next try.
      link.running();
      return options.onEnded?.(...end);
    },
  });
  let checkpoints: ReturnType<typeof setInterval> | undefined;
  // Only the first control counts: Windows sends a shutdown after a preshutdown, and a second stop would kill at once.
  onControl((control) => {
    if (checkpoints !== undefined) return;
    link.stopping(STOP_WAIT_MS);
    checkpoints = setInterval(() => link.stopping(STOP_WAIT_MS), CHECKPOINT_MS);
    host.stop(`the service manager sent ${control}`);
  });
  try {
    return await host.done;
  } finally {
    clearInterval(checkpoints);
  }
}
