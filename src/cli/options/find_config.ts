/** Finding the configuration file; most machines have none, and then nothing is loaded that reads one. @module */
import { dirname } from "@std/path/dirname.js";
import { join } from "@std/path/join.js";
import { resolve } from "@std/path/resolve.js";
import { type Fs, FsError } from "../../core/ports.ts";
import { shellWord } from "../../core/shell_word.ts";
import { looseMode } from "../../core/state/loose_mode.ts";
import type { ConfigFile } from "./config_file.ts";
import { CONFIG_FILE } from "./config_name.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import type { Io } from "../io.ts";

/** Where the configuration file is looked for when no option names one. */
export function defaultConfigPath(io: Pick<Io, "self">): string {
  return join(dirname(io.self), CONFIG_FILE);
}

/** The configuration file. `named`: the path that an option gave. */
export function configPath(named: string | undefined, io: Pick<Io, "self" | "cwd">): string {
  return named === undefined ? defaultConfigPath(io) : resolve(io.cwd, named);
}

/**
 * Reads the configuration file; `undefined` when there is none and nobody named one.
 *
 * @param named The path that an option gave.
 * @throws {UsageError} 78: it cannot be read, or is no JSON object.
 */
export async function readConfig(
  fs: Fs,
  named: string | undefined,
  io: Pick<Io, "self" | "cwd">,
): Promise<ConfigFile | undefined> {
  const path = configPath(named, io);
  let bytes: Uint8Array;
  try {
    bytes = fs.read(path, 1 << 20);
    refuseForeign(path, looseMode(fs.info(path)));
  } catch (error) {
    if (named === undefined && error instanceof FsError && error.code === "notFound") return undefined;
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot read the configuration: ${(error as Error).message}`, EXIT.badConfig);
  }
  const { parseConfig } = await import("./config_file.ts");
  return parseConfig(new TextDecoder().decode(bytes), path);
}

/** Its hooks are commands: whoever can write it runs them. */
function refuseForeign(path: string, loose: string | undefined): void {
  if (loose === undefined) return;
  throw new UsageError(
    `Cannot use ${path}: other users can write it (mode ${loose}); look at it, then: chmod go-w ${shellWord(path)}`,
    EXIT.badConfig,
  );
}
