/**
 * Finds the configuration file. Most machines have none, so the code that parses it is loaded only if needed.
 *
 * @module
 */
import { type FileInfo, type Fs, FsError } from "../../core/fs_port.ts";
import { isMissing } from "../../core/state/state_files.ts";
import { absolutePath, directoryOf, fileIn } from "../../core/state/paths.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { trustFault } from "../../core/state/trust.ts";
import type { ConfigFile } from "./config_file.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { ConfigError, UsageError } from "../cli_errors.ts";

/** The configuration file's name beside the executable. */
const CONFIG_FILE = "boot-sentinel.config.json";

/** The path of the configuration file if no option names one. */
export function defaultConfigPath(io: Pick<ProcessIo, "self">): string {
  return fileIn(directoryOf(io.self), CONFIG_FILE);
}

/** The path of the configuration file. `named`: the value of the option `--config`. */
export function configPath(named: string | undefined, io: Pick<ProcessIo, "self" | "cwd">): string {
  return named === undefined ? defaultConfigPath(io) : absolutePath(io.cwd, named);
}

/**
 * Reads the configuration file; `undefined` when there is none and no option names one.
 *
 * @param named The value of the option `--config`.
 * @throws {UsageError} 77: this user may not read it; 78: it cannot be read, is not a JSON object, or other users can write it.
 */
export async function readConfig(
  fs: Fs,
  named: string | undefined,
  io: Pick<ProcessIo, "self" | "cwd">,
): Promise<ConfigFile | undefined> {
  const path = configPath(named, io);
  if (named === undefined && isMissing(fs, path)) return undefined;
  return await readSettingsFile(fs, path);
}

/**
 * Reads a file with settings.
 *
 * @throws {UsageError} 77: this user may not read it; 78: it cannot be read, is not a JSON object, or other users can write it.
 */
export async function readSettingsFile(fs: Fs, path: string): Promise<ConfigFile> {
  let bytes: Uint8Array;
  try {
    bytes = fs.read(path, 1 << 20);
    refuseUntrusted(path, fs.info(path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = error instanceof FsError && error.code === "denied" ? EXIT.denied : EXIT.badConfig;
    throw new UsageError(`Cannot read the configuration: ${(error as Error).message}`, code);
  }
  const { parseConfig } = await import("./config_file.ts");
  return parseConfig(new TextDecoder().decode(bytes), path);
}

/** Its hooks are commands that this process runs, so no other user may be able to write the file. */
function refuseUntrusted(path: string, info: FileInfo): void {
  const fault = trustFault(info, path, "go-w");
  if (fault === undefined) return;
  throw new ConfigError({
    code: "config-writable",
    text: `Cannot use ${path}: ${fault.why}, and its hooks are commands`,
    advice: fault.advice,
  });
}
