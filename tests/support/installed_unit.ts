/** What `service install` writes for a service. @module */
import { splitCommandLine } from "./split_command_line.ts";
import { runProcess } from "./sentinel_process.ts";

/** A unit, and the file that registers its service. */
export interface InstalledUnit {
  /** The content of the service's file. */
  readonly registered: string;
  /** The words of `ExecStartPre=`. */
  readonly check: readonly string[];
}

/**
 * What an installed service would have; nothing is installed.
 *
 * @param words The words that start boot-sentinel.
 * @param options Options of `service install`.
 */
export function installedUnit(
  words: readonly string[],
  name: string,
  exe: string,
  ...options: string[]
): InstalledUnit {
  const [program = "", ...rest] = words;
  const { code, stdout, stderr } = runProcess(program, [...rest, "service", "show", name, ...options, "--", exe]);
  const [, registered] = stdout.match(/^# \/\S+\.json\n(\{.*?^\})$/ms) ?? [];
  const [, line] = stdout.match(/^ExecStartPre=[-+]*(.*)$/m) ?? [];
  if (code !== 0 || line === undefined || registered === undefined) {
    throw new Error(`Nothing would be installed: ${stderr}`);
  }
  const [, ...check] = splitCommandLine(line.replaceAll("%n", `${name}.service`));
  // The unit names the executable itself; from the sources it is started by its runtime.
  return { registered, check: [...words, ...check] };
}
