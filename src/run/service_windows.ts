/**
 * Hosts a program as a Windows service.
 *
 * @module
 */
import { ensureConsole, ignoreConsoleEvents } from "../system/windows/console.ts";
import type { ProgramSpec } from "../system/windows/process.ts";
import { connectService, type ServiceControl, type ServiceLink } from "../system/windows/service.ts";
import { type HostEnd, type HostOptions, hostProgram } from "./host.ts";
import { windowsLauncher } from "./host_windows.ts";

/** How a program is hosted as a service. */
export interface ServiceHostOptions extends Omit<HostOptions<ProgramSpec>, "launcher"> {
  /** How long the gate may take before the program is started, in milliseconds. @default {600000} */
  readonly gateWaitMs?: number;
}

/** Between two signs of life while stopping. */
const CHECKPOINT_MS = 1000;
/** More than a checkpoint takes to come, even on a busy machine. */
const STOP_WAIT_MS = 10_000;

/**
 * Hosts a program as a service, if the service manager started this process.
 *
 * START_PENDING before the gate runs, with a wait hint that covers the restore of a big program; RUNNING when the
 * program runs for the first time; on stop, shutdown and preshutdown STOP_PENDING with checkpoints until the whole
 * tree has ended; STOPPED with 0 after a requested end, with the program's code as service-specific code otherwise.
 *
 * @returns How it ended, after STOPPED was reported: exit then. `undefined`, with nothing started, when the process
 * is no service.
 */
export async function hostAsService(options: () => ServiceHostOptions): Promise<HostEnd | undefined> {
  let stop: ((control: ServiceControl) => void) | undefined;
  const link = await connectService((control) => stop?.(control));
  if (link === undefined) return undefined;
  let end: HostEnd = { exitCode: 1, requested: false };
  try {
    // Ctrl+Break can be sent only by a process that has a console, and must not end the sender.
    ensureConsole();
    ignoreConsoleEvents();
    end = await hostLinked(link, options(), (listener) => stop = listener);
  } finally {
    const clean = end.requested || end.exitCode === 0;
    await link.stopped(clean ? { kind: "clean" } : { kind: "failed", code: end.exitCode });
  }
  return end;
}

async function hostLinked(
  link: ServiceLink,
  options: ServiceHostOptions,
  onControl: (listener: (control: ServiceControl) => void) => void,
): Promise<HostEnd> {
  link.starting(options.gateWaitMs ?? 600_000);
  const host = hostProgram({
    ...options,
    launcher: windowsLauncher,
    onStarted(program) {
      link.running();
      options.onStarted?.(program);
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
