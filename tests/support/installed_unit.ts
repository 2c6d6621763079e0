/** The command of the unit that `service install` writes. @module */
import { splitCommandLine } from "./split_command_line.ts";
import { runProcess } from "./sentinel_process.ts";

/**
 * The words of `ExecStart=` up to the program, as the unit of a service has them.
 *
 * @param words The words that start boot-sentinel.
 * @param options Options of `service install`.
 */
export function installedCommand(words: readonly string[], exe: string, ...options: string[]): string[] {
  const [program = "", ...rest] = words;
  const install = ["service", "install", "guarded", "--dry-run", ...options, "--", exe];
  const { code, stdout, stderr } = runProcess(program, [...rest, ...install]);
  const [, line] = stdout.match(/^dry run: ExecStart=(.*)$/m) ?? [];
  if (code !== 0 || line === undefined) throw new Error(`No unit would be installed: ${stderr}`);
  const execStart = splitCommandLine(line);
  // The unit names the executable itself; from the sources it is started by its runtime.
  return [...words, ...execStart.slice(1, execStart.indexOf("--") + 1)];
}
