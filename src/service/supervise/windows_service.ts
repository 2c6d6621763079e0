/**
 * Hosts a program as a Windows service.
 *
 * @module
 */
import { ensureConsole, ignoreConsoleEvents } from "../../system/windows/console.ts";
import type { ProgramSpec } from "../../system/windows/process.ts";
import { connectService, type ServiceControl } from "../../system/windows/service.ts";
import type { SupervisionEnd } from "./supervisor.ts";
import { windowsLauncher } from "./windows_launcher.ts";
import { hostLinked, type ServiceSupervisorOptions } from "./service_host.ts";

/** How a program is hosted as a service on Windows. */
export type WindowsServiceOptions = Omit<ServiceSupervisorOptions<ProgramSpec>, "launcher">;

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
export async function hostAsService(options: () => WindowsServiceOptions): Promise<SupervisionEnd | undefined> {
  let stop: ((control: ServiceControl) => void) | undefined;
  const link = await connectService((control) => stop?.(control));
  if (link === undefined) return undefined;
  const parts = () => {
    const given = options();
    try {
      // Ctrl+Break can be sent only by a process that has a console, and must not end the sender.
      ensureConsole();
      ignoreConsoleEvents();
    } catch (error) {
      given.log("warn", `${error instanceof Error ? error.message : error}; the service is started all the same`);
    }
    return { ...given, launcher: windowsLauncher };
  };
  return await hostLinked(link, parts, (listener) => stop = listener);
}
