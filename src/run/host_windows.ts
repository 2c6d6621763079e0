/**
 * Hosts a program on Windows, in a console: the tree in a job object, Ctrl+C and Ctrl+Break passed on.
 *
 * @module
 */
import { onConsoleEvent } from "../system/windows/console.ts";
import { type ProgramSpec, startInJob } from "../system/windows/process.ts";
import { CommandLineError } from "../system/windows/quote.ts";
import { sleepSync, WIN32, Win32Error } from "../system/windows/win32.ts";
import { type HostEnd, type HostOptions, hostProgram, type Launcher } from "./host.ts";

/** The exit code of a program that had to be killed, as a shell shows SIGKILL. */
const KILLED = 137;
/** How long the end of a killed tree is waited for: until then Windows holds its files. */
const DRAIN_MS = 2000;

/** Starts programs on Windows, each in a job object of its own. */
export const windowsLauncher: Launcher<ProgramSpec> = {
  start(spec) {
    const program = startInJob(spec);
    return {
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
    };
  },
  exitCodeOf(error) {
    if (error instanceof CommandLineError) return 126;
    const missing: readonly number[] = [WIN32.FILE_NOT_FOUND, WIN32.PATH_NOT_FOUND, WIN32.INVALID_NAME];
    return error instanceof Win32Error && missing.includes(error.code) ? 127 : 126;
  },
};

/**
 * Hosts a program until it ends for good. Ctrl+C, Ctrl+Break and the closing of the window ask it to end; a second
 * Ctrl+C kills it.
 *
 * The program leads a process group of its own, so the console itself brings it no Ctrl+C: it gets Ctrl+Break instead,
 * which nothing can switch off. A Ctrl+Break typed at the keyboard reaches it twice, from the console and from here.
 */
export async function hostInConsole(options: Omit<HostOptions<ProgramSpec>, "launcher">): Promise<HostEnd> {
  const host = hostProgram({ ...options, launcher: windowsLauncher });
  const names = { ctrlC: "Ctrl+C", ctrlBreak: "Ctrl+Break", close: "the console window was closed" } as const;
  const forget = onConsoleEvent((event) => host.stop(names[event]));
  try {
    return await host.done;
  } finally {
    forget();
  }
}
