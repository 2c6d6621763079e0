/**
 * Supervises a program on Windows, in a console: its process tree is in a job object, and Ctrl+C and Ctrl+Break stop
 * it.
 *
 * @module
 */
import { onConsoleEvent } from "../../system/windows/console.ts";
import { type JobProcess, type ProgramSpec, startInJob } from "../../system/windows/process.ts";
import { sleepSync, systemText, WIN32, Win32Error } from "../../system/windows/win32.ts";
import { messageOf } from "../../core/errors.ts";
import { windowsEnd } from "../how_ended.ts";
import { NotStarted, type StartFault } from "../not_started.ts";
import { type Launcher, supervise, type SupervisionEnd, type SupervisorOptions } from "./supervisor.ts";

/** The exit code of a program that was killed: the same as for SIGKILL on Linux (128 + 9). */
const KILLED = 137;
/** How long to wait until a killed process tree has ended: before that its files cannot be replaced. */
const DRAIN_MS = 2000;

/** Temporary errors: another process (a virus scanner) has the file open, or the system lacks a resource. */
const TEMPORARY: readonly number[] = [
  WIN32.ACCESS_DENIED,
  WIN32.SHARING_VIOLATION,
  WIN32.LOCK_VIOLATION,
  8, // NOT_ENOUGH_MEMORY
  14, // OUTOFMEMORY
  1359, // INTERNAL_ERROR
  1450, // NO_SYSTEM_RESOURCES
  1455, // COMMITMENT_LIMIT
];
const MISSING: readonly number[] = [WIN32.FILE_NOT_FOUND, WIN32.PATH_NOT_FOUND, WIN32.INVALID_NAME];
/** The file is not a program that Windows starts. */
const NO_PROGRAM: readonly number[] = [
  WIN32.ACCESS_DENIED,
  ...[188, 189, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199, 200, 201, 202], // not an image for this system
  WIN32.EXE_MACHINE_TYPE_MISMATCH,
  225, // VIRUS_INFECTED
  577, // INVALID_IMAGE_HASH
  1260, // ACCESS_DISABLED_BY_POLICY
  4551, // SYSTEM_INTEGRITY_POLICY_VIOLATION
  14001, // SXS_CANT_GEN_ACTCTX: a library that it needs is missing
];

/** What an error means for the program that was to be started. */
function startFaultOf(error: unknown): StartFault {
  if (!(error instanceof Win32Error)) return { exitCode: 126, retry: false };
  const { code } = error;
  const isAtFault = MISSING.includes(code) || NO_PROGRAM.includes(code);
  return {
    exitCode: MISSING.includes(code) ? 127 : 126,
    fault: isAtFault ? `the system reported "${systemText(code)}" (Windows error ${code})` : undefined,
    retry: TEMPORARY.includes(code),
  };
}

/** Starts programs on Windows, each in a job object of its own. */
export const windowsLauncher: Launcher<ProgramSpec> = {
  start(spec) {
    let program: JobProcess;
    try {
      program = startInJob(spec);
    } catch (error) {
      return Promise.reject(new NotStarted(messageOf(error), startFaultOf(error), error));
    }
    return Promise.resolve({
      pid: program.pid,
      exited: program.exited,
      howEnded: windowsEnd,
      stopRequests: [() => program.sendCtrlBreak() !== undefined, () => program.closeWindows() > 0],
      kill: () => program.killTree(KILLED),
      close() {
        // Processes that are left keep files in use. An updater that waits for the stop could not replace them.
        if (program.alive() > 0) program.killTree(KILLED);
        for (let waited = 0; waited < DRAIN_MS && program.alive() > 0; waited += 10) sleepSync(10);
        program.close();
      },
    });
  },
};

/**
 * Supervises a program until it ends and is not started again. Ctrl+C, Ctrl+Break and closing the console window stop
 * it; a second Ctrl+C kills it.
 *
 * The program has a process group of its own, where Windows disables Ctrl+C, so it is sent Ctrl+Break, which a process
 * group cannot disable. A Ctrl+Break from the keyboard reaches the program twice: from the console and from here.
 */
export async function hostInConsole(
  options: Omit<SupervisorOptions<ProgramSpec>, "launcher">,
): Promise<SupervisionEnd> {
  const host = supervise({ ...options, launcher: windowsLauncher });
  const names = { ctrlC: "Ctrl+C", ctrlBreak: "Ctrl+Break", close: "the console window was closed" } as const;
  const unsubscribe = onConsoleEvent((event) => host.stop(names[event]));
  try {
    return await host.done;
  } finally {
    unsubscribe();
  }
}
