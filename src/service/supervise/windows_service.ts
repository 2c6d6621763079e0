/**
 * Supervises a program as a Windows service.
 *
 * @module
 */
import { ensureConsole, ignoreConsoleEvents } from "../../system/windows/console.ts";
import type { ProgramSpec } from "../../system/windows/process.ts";
import { connectService, type ServiceControl } from "../../system/windows/service.ts";
import type { SupervisionEnd } from "./supervisor.ts";
import { windowsLauncher } from "./windows_launcher.ts";
import { hostLinked, type ServiceSupervisorOptions } from "./service_host.ts";

/** How a program is supervised as a Windows service. */
export type WindowsServiceOptions = Omit<ServiceSupervisorOptions<ProgramSpec>, "launcher">;

/**
 * Supervises a program as a service, if the service control manager started this process.
 *
 * It reports START_PENDING before the gate runs, with a wait hint that covers the restore of a large program; RUNNING
 * when the program was started for the first time; at stop, shutdown and preshutdown STOP_PENDING with checkpoints,
 * until the process tree has ended; then STOPPED, with 0 after a requested stop, else with the program's exit code as
 * service-specific code.
 *
 * @returns How it ended; STOPPED was reported, so the process must exit. `undefined`, with nothing started, when the
 * process is not a service.
 */
export async function hostAsService(options: () => WindowsServiceOptions): Promise<SupervisionEnd | undefined> {
  let stop: ((control: ServiceControl) => void) | undefined;
  const link = await connectService((control) => stop?.(control));
  if (link === undefined) return undefined;
  const parts = () => {
    const given = options();
    try {
      // Only a process with a console can send Ctrl+Break, and its own Ctrl+Break must not end it.
      ensureConsole();
      ignoreConsoleEvents();
    } catch (error) {
      given.log("warn", `${error instanceof Error ? error.message : error}; the service is started all the same`);
    }
    return { ...given, launcher: windowsLauncher };
  };
  return await hostLinked(link, parts, (listener) => stop = listener);
}
