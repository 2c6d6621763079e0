/** Starts the watcher of a boot as a detached process: it must not be a child of the service. @module */
import { messageOf } from "../../core/errors.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { steadyOutcome } from "../../core/gate/steady.ts";
import { type BootToken, openToken } from "../../core/gate/boot_token.ts";
import type { Ports } from "../../core/ports.ts";
import { shellWord } from "../../core/shell_word.ts";
import { State } from "../../core/state/state.ts";
import type { Subject } from "../../core/subject.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { tokenAfterCrash } from "../../core/state/crashes.ts";
import { type Context, subjectFrom, watchedBy } from "../command.ts";

/** The boot to watch. */
export interface ToWatch {
  readonly subject: Subject;
  /** The service's process. */
  readonly pid: number;
  /** The gate's own arguments, which the watcher gets, too. */
  readonly ownArgs: readonly string[];
  /** Wait until the watcher is ready. */
  readonly ready: boolean;
}

/** What the start uses of the process. */
type StartingIo = Pick<ProcessIo, "processStart" | "spawnDetached">;

/** Starts the watcher. That it could not be started is only logged: the service has to start. */
export async function startWatcher(boot: ToWatch, token: BootToken, io: StartingIo, ports: Ports): Promise<void> {
  const { exe, dataDir } = boot.subject;
  const failure = await tryStart();
  if (failure === undefined) return;
  ports.log(
    "warn",
    `Cannot watch this boot: ${failure}; the service is started; once it is healthy, confirm it: ` +
      `boot-sentinel confirm --exe ${shellWord(exe)} --data-dir ${shellWord(dataDir)}`,
  );

  async function tryStart(): Promise<string | undefined> {
    try {
      const startTime = io.processStart(boot.pid);
      if (startTime === undefined) return "this system has no /proc";
      const watched = [String(boot.pid), startTime, JSON.stringify(token)];
      const options = [...boot.ownArgs, "--exe", exe, "--data-dir", dataDir];
      return await io.spawnDetached(["watch", ...watched, ...options], { ready: boot.ready });
    } catch (error) {
      return messageOf(error);
    }
  }
}

/** Starts the watcher of a boot that was judged before the service was started by somebody else. */
export async function startWatcherBeside(context: Context): Promise<number> {
  const { settings, io, ports, ownArgs } = context;
  const subject = subjectFrom(context, { watched: true });
  const token = tokenOfBoot(ports, { ...subject, ...watchedBy(settings) });
  const pid = settings.pid ?? Number(io.env.get("MAINPID") || Number.NaN);
  if (token === undefined) return EXIT.ok;
  if (Number.isNaN(pid)) {
    ports.log(
      "warn",
      "Cannot watch this boot: neither --pid nor $MAINPID names the service's process; its attempt counts",
    );
    return EXIT.ok;
  }
  // A build that crashes at once has ended by now. Its boot is counted, and there is nothing to watch.
  if (io.processStart(pid) === undefined && io.processStart(io.pid) !== undefined) return EXIT.ok;
  await startWatcher({ subject, pid, ownArgs, ready: false }, token, io, ports);
  return EXIT.ok;
}

function tokenOfBoot(ports: Ports, subject: Subject): BootToken | undefined {
  const { watched, awaited } = subject;
  const steady = steadyOutcome(ports.fs, subject);
  const state = new State(ports, subject);
  const token = steady === undefined ? openToken(state) : steady.token;
  // Who only waits for somebody else's confirm has nothing to wait for but an armed build's.
  const isWatched = watched === true || (awaited === true && token?.kind === "probation");
  return (isWatched ? token : undefined) ?? tokenAfterCrash(state);
}
