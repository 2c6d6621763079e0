/**
 * Supervises a program on Linux: passes signals on, reaps orphans, and kills what is left of the program's process
 * group when the program has ended.
 *
 * @module
 */
import { atTerminal, type ChildSpec, type LinuxChild, startChild } from "../../system/linux/child.ts";
import { answerAt, askAt } from "../../system/process/control_socket.ts";
import { oomKills } from "../../system/process/oom_kills.ts";
import { reapOrphans } from "../../system/linux/orphans.ts";
import { onSignals, stopSelf } from "../../system/linux/signals.ts";
import { messageOf } from "../../core/errors.ts";
import { errnoOf } from "../../system/fs/fs_faults.ts";
import { killedText } from "../how_ended.ts";
import { NotStarted, startFaultOf } from "../not_started.ts";
import { type Launcher, supervise, type SupervisionEnd, type SupervisorOptions } from "./supervisor.ts";

/** Signals by which this process is asked to stop. */
const STOP_SIGNALS: readonly string[] = ["SIGTERM", "SIGINT", "SIGQUIT"];

/** What the control socket is asked for. */
const RESTART = "restart";

/** What it answers when that is done. */
const RESTARTING = "restarting";

/** Asks the supervisor at this socket to restart its program; false: there is none. */
export async function askForRestart(socket: string): Promise<boolean> {
  return await askAt(socket, RESTART, 5000) === RESTARTING;
}

/**
 * Supervises a program until it ends and is not started again. SIGTERM, SIGINT and SIGQUIT stop it, a second one kills
 * it. All other signals that can be caught are passed on.
 *
 * @param socket Where {@link askForRestart} is answered.
 */
export async function superviseOnLinux(
  options: Omit<SupervisorOptions<ChildSpec>, "launcher">,
  socket: string,
): Promise<SupervisionEnd> {
  let running: LinuxChild | undefined;
  let stopSignal: string | undefined;
  const launcher: Launcher<ChildSpec> = {
    async start(spec) {
      const killsBefore = oomKills() ?? 0;
      const child = await launch(spec);
      running = child;
      return {
        pid: child.pid,
        exited: child.exited,
        howEnded: () => killedText(child.endSignal(), (oomKills() ?? 0) > killsBefore),
        // The program gets the signal that this process got: some programs end gracefully on only one of the signals.
        stopRequests: [() => child.signal(stopSignal ?? "SIGTERM")],
        kill: () => child.killGroup(),
        close() {
          running = undefined;
          child.killGroup();
        },
      };
    },
  };
  const supervisor = supervise({ ...options, launcher });
  const cleanups = [
    onSignals((name) => {
      if (STOP_SIGNALS.includes(name)) {
        stopSignal = name;
        return supervisor.stop(`received ${name}`);
      }
      running?.signal(name);
      // Ctrl+Z: the shell takes the terminal back only when this process is stopped, too.
      if (name === "SIGTSTP" && atTerminal()) stopSelf();
    }),
    reapOrphans(),
  ];
  const answering = answerAt(socket, (request) => {
    if (request !== RESTART) return "";
    supervisor.restart("a restart was asked for");
    return RESTARTING;
  }).catch((error) => options.log("debug", `No restart can be asked for at ${socket}: ${messageOf(error)}`));
  try {
    return await supervisor.done;
  } finally {
    (await answering)?.();
    for (const cleanup of cleanups) cleanup();
  }
}

async function launch(spec: ChildSpec): Promise<LinuxChild> {
  try {
    return await startChild(spec);
  } catch (error) {
    const errno = errnoOf(error) ?? "EIO";
    throw new NotStarted(`Cannot start ${spec.path}: the system reported ${errno}`, startFaultOf(errno), error);
  }
}
