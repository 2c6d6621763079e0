/** The process we run in, for the command line. @module */
import process from "./process.ts";
import { os } from "./builtin.ts";
import { gateIo } from "./gate_io.ts";
import { runtimeName } from "./runtime.ts";
import { isTerminal, writeText } from "./stdio.ts";
import type { UnitFiles } from "../tools/unit_files.ts";
import type { WatchIo } from "./watch_io.ts";

/** The surroundings of this process. */
export const realIo = {
  ...gateIo,
  self: process.execPath,
  get hostName(): string {
    return os().hostname();
  },
  get runtime(): string {
    return runtimeName();
  },
  target: `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`,
  arguments: process.argv.slice(2),
  /** Ends this process. */
  exit(code: number): void {
    if (code >= 0 && code <= 255) gateIo.exit(code);
    // Codes of Windows have 32 bits, of which the runtimes keep 8.
    void import("../windows/process.ts").then(({ exitProcess }) => exitProcess(code));
  },
  get cwd(): string {
    return currentDirectory();
  },
  get env(): Readonly<Record<string, string | undefined>> {
    return process.env;
  },
  startedAt: performance.timeOrigin,
  get colours(): boolean {
    return !process.env["NO_COLOR"] && isTerminal(1);
  },
  get terminal(): boolean {
    return isTerminal(1);
  },
  stdout: (text: string): void => writeText(1, text),
  watching: async (): Promise<WatchIo> => (await import("./watch_io.ts")).machineWatchIo,
  unitFiles: async (): Promise<UnitFiles> => (await import("../tools/unit_files.ts")).machineUnitFiles,
};

/** A directory that was removed under us is no reason not to start the service. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}
