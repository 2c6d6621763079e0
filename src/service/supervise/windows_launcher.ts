/**
 * Hosts a program on Windows, in a console: the tree in a job object, Ctrl+C and Ctrl+Break passed on.
 *
 * @module
 */
import { onConsoleEvent } from "../../system/windows/console.ts";
import { type JobProcess, type ProgramSpec, startInJob } from "../../system/windows/process.ts";
import { sleepSync, systemText, WIN32, Win32Error } from "../../system/windows/win32.ts";
import { messageOf } from "../../core/errors.ts";
import { NotStarted, type StartFault } from "../not_started.ts";
import { type Launcher, supervise, type SupervisionEnd, type SupervisorOptions } from "./supervisor.ts";

/** The exit code of a program that had to be killed, as a shell shows SIGKILL. */
const KILLED = 137;
/** How long the end of a killed tree is waited for: until then Windows holds its files. */
const DRAIN_MS = 2000;

/** Whoever holds the file lets go of it, and a system without resources gets some again. */
const PASSING: readonly number[] = [
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
/** The system has looked at the file and will not start it. */
const NO_PROGRAM: readonly number[] = [
  WIN32.ACCESS_DENIED,
  ...[188, 189, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199, 200, 201, 202], // not an image for this system
  WIN32.EXE_MACHINE_TYPE_MISMATCH,
  225, // VIRUS_INFECTED
  577, // INVALID_IMAGE_HASH
  1260, // ACCESS_DISABLED_BY_POLICY
  4551, // SYSTEM_INTEGRITY_POLICY_VIOLATION
  14001, // SXS_CANT_GEN_ACTCTX: it lacks a part
];

/** What an error says of the program that was about to be started. */
function startFaultOf(error: unknown): StartFault {
  if (!(error instanceof Win32Error)) return { exitCode: 126, retry: false };
  const { code } = error;
  const isAtFault = MISSING.includes(code) || NO_PROGRAM.includes(code);
  return {
    exitCode: MISSING.includes(code) ? 127 : 126,
    fault: isAtFault ? `the system answered "${systemText(code)}" (Windows error ${code})` : undefined,
    retry: PASSING.includes(code),
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
      asks: [() => program.askByConsole() !== undefined, () => program.askByWindow() > 0],
      kill: () => program.killTree(KILLED),
      close() {
        // What outlives the program would keep its files in use when an updater is told that all has stopped.
        if (program.alive() > 0) program.killTree(KILLED);
        for (let waited = 0; waited < DRAIN_MS && program.alive() > 0; waited += 10) sleepSync(10);
        program.close();
      },
    });
  },
};

/**
 * Hosts a program until it ends for good. Ctrl+C, Ctrl+Break and the closing of the window ask it to end; a second
 * Ctrl+C kills it.
 *
 * The program leads a process group of its own, so the console itself brings it no Ctrl+C: it gets Ctrl+Break instead,
 * which nothing can switch off. A Ctrl+Break typed at the keyboard reaches it twice, from the console and from here.
 */
export async function hostInConsole(
  options: Omit<SupervisorOptions<ProgramSpec>, "launcher">,
): Promise<SupervisionEnd> {
  const host = supervise({ ...options, launcher: windowsLauncher });
  const names = { ctrlC: "Ctrl+C", ctrlBreak: "Ctrl+Break", close: "the console window was closed" } as const;
  const forget = onConsoleEvent((event) => host.stop(names[event]));
  try {
    return await host.done;
  } finally {
    forget();
  }
}
