/**
 * Hosts a program on Linux: signals are passed on, orphans are buried, and its group is swept when it has ended.
 *
 * @module
 */
import {
  type ChildSpec,
  NotStarted,
  onSignals,
  type PosixChild,
  reapOrphans,
  startChild,
} from "../../system/linux/child.ts";
import { type HostEnd, hostProgram, type Launcher } from "./host.ts";
import { supervise, type Supervision } from "./supervise.ts";

/** Signals that ask for the end. */
const ENDING = ["SIGTERM", "SIGINT", "SIGQUIT"];
/** Signals that mean something to the program and nothing to us. */
const PASSED_ON = ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCONT"];

/** Supervises a program until it ends for good. SIGTERM, SIGINT and SIGQUIT end it, a second one kills it. */
export async function superviseOnPosix(supervision: Omit<Supervision<ChildSpec>, "launcher">): Promise<HostEnd> {
  let running: PosixChild | undefined;
  let asking = "SIGTERM";
  const launcher: Launcher<ChildSpec> = {
    start(spec) {
      const child = startChild(spec);
      running = child;
      return {
        pid: child.pid,
        exited: child.exited,
        // The program is asked in the way that we were: some end gracefully on one of the signals only.
        asks: [() => child.signal(asking)],
        kill: () => child.killGroup(),
        close() {
          running = undefined;
          child.killGroup();
        },
      };
    },
    exitCodeOf: (error) => error instanceof NotStarted && !error.exists ? 127 : 126,
  };
  const supervised = supervise({ ...supervision, launcher });
  const host = hostProgram(supervised.options);
  supervised.onUnhealthy((reason) => {
    asking = "SIGTERM";
    host.fail(reason);
  });
  const forget = [
    onSignals(ENDING, (name) => {
      asking = name;
      supervised.stopping();
      host.stop(`received ${name}`);
    }),
    onSignals(PASSED_ON, (name) => void running?.signal(name)),
    reapOrphans(),
  ];
  try {
    return await host.done;
  } finally {
    for (const step of forget) step();
  }
}
