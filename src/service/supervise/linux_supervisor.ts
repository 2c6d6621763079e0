/**
 * Supervises a program on Linux: signals are passed on, orphans are buried, and its group is swept when it has ended.
 *
 * @module
 */
import { atTerminal, type ChildSpec, type LinuxChild, startChild } from "../../system/linux/child.ts";
import { buryOrphans } from "../../system/linux/orphans.ts";
import { onSignals, stopSelf } from "../../system/linux/signals.ts";
import { errnoOf } from "../../system/fs/fs_faults.ts";
import { NotStarted, startFaultOf } from "../not_started.ts";
import { type Launcher, supervise, type SupervisionEnd, type SupervisorOptions } from "./supervisor.ts";

/** Signals that ask for the end. */
const ENDING: readonly string[] = ["SIGTERM", "SIGINT", "SIGQUIT"];

/**
 * Supervises a program until it ends for good. SIGTERM, SIGINT and SIGQUIT end it, a second one kills it; every other
 * signal that can be caught is passed on.
 */
export async function superviseOnLinux(
  options: Omit<SupervisorOptions<ChildSpec>, "launcher">,
): Promise<SupervisionEnd> {
  let running: LinuxChild | undefined;
  let asking: string | undefined;
  const launcher: Launcher<ChildSpec> = {
    async start(spec) {
      const child = await launch(spec);
      running = child;
      return {
        pid: child.pid,
        exited: child.exited,
        // The program is asked in the way that we were: some end gracefully on one of the signals only.
        asks: [() => child.signal(asking ?? "SIGTERM")],
        kill: () => child.killGroup(),
        close() {
          running = undefined;
          child.killGroup();
        },
      };
    },
  };
  const supervisor = supervise({ ...options, launcher });
  const forget = [
    onSignals((name) => {
      if (ENDING.includes(name)) {
        asking = name;
        return supervisor.stop(`received ${name}`);
      }
      running?.signal(name);
      // The shell that started us waits until we stop, too.
      if (name === "SIGTSTP" && atTerminal()) stopSelf();
    }),
    buryOrphans(),
  ];
  try {
    return await supervisor.done;
  } finally {
    for (const step of forget) step();
  }
}

async function launch(spec: ChildSpec): Promise<LinuxChild> {
  try {
    return await startChild(spec);
  } catch (error) {
    const errno = errnoOf(error) ?? "EIO";
    throw new NotStarted(`Cannot start ${spec.path}: the system answered ${errno}`, startFaultOf(errno), error);
  }
}
