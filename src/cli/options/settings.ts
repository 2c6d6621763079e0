/**
 * What the options come to: flag over environment over file over default.
 *
 * @module
 */
import { dirname } from "@std/path/dirname.js";
import { resolve } from "@std/path/resolve.js";
import type { Fs } from "../../core/ports.ts";
import type { Collect, FileValues } from "./config_file.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { readConfig } from "./find_config.ts";
import type { Io } from "../io.ts";
import {
  configKey,
  environmentOptions,
  envName,
  type OptionName,
  optionNames,
  type Settings,
  specOf,
} from "./options.ts";
import { STATE_DIRECTORY, unitDirectory } from "./unit_directory.ts";
import { coerce, type Values } from "./values.ts";

/** Where a value comes from. */
export interface Origin {
  readonly kind: "flag" | "environment" | "file" | "default";
  /** The flag, the variable or the file. */
  readonly where: string;
}

/** The options of one command line, and where each comes from. */
export interface Settled {
  readonly settings: Settings;
  /** Where an option's value comes from. */
  originOf(name: OptionName): Origin;
}

/**
 * Merges the sources.
 *
 * @param tolerant Told of what is wrong in the environment or the file, which is then left out: the gate must start
 * the service whatever an operator has typed there. Without it that is thrown.
 * @throws {UsageError} A value is not of its kind.
 */
export async function settle(
  flags: Values,
  io: Pick<Io, "self" | "cwd" | "env">,
  fs: Fs,
  tolerant?: (problem: string) => void,
): Promise<Settled> {
  const forgive = (error: unknown): void => {
    if (tolerant === undefined || !(error instanceof UsageError)) throw error;
    tolerant(error.message);
  };
  const collect: Collect = (read) => {
    try {
      return read();
    } catch (error) {
      forgive(error);
      return {};
    }
  };
  const env = environmentValues(io, collect);
  const early = (name: OptionName) => {
    const value = flags[name] ?? env[name];
    return value === undefined ? undefined : String(value);
  };
  let file: FileSource = { path: "", values: {}, own: new Set() };
  try {
    const config = await readConfig(fs, early("config"), io);
    if (config !== undefined) file = { path: config.path, ...config.valuesFor(early("name"), collect) };
  } catch (error) {
    forgive(error);
  }
  const settings: Record<string, unknown> = {};
  for (const name of optionNames()) {
    const fallback = specOf(name).kind === "flag" ? false : specOf(name).default;
    settings[configKey(name)] = flags[name] ?? env[name] ?? file.values[name] ?? fallback;
  }
  return { settings: settings as unknown as Settings, originOf: (name) => originOf(name, flags, env, file) };
}

/** The file, as one of the sources. */
interface FileSource extends FileValues {
  readonly path: string;
}

function originOf(name: OptionName, flags: Values, env: Values, file: FileSource): Origin {
  if (flags[name] !== undefined) return { kind: "flag", where: `--${name}` };
  if (env[name] !== undefined) return { kind: "environment", where: envName(name) };
  if (file.values[name] !== undefined) {
    return { kind: "file", where: file.own.has(name) ? `${file.path}, section of this service` : file.path };
  }
  return { kind: "default", where: "" };
}

/** The data directory of a program. */
export function dataDirOf(settings: Settings, exe: string, io: Pick<Io, "cwd" | "env">): string {
  const fromUnit = unitDirectory(io.env[STATE_DIRECTORY]);
  return resolve(io.cwd, settings.dataDir ?? (fromUnit || dirname(exe)));
}

function environmentValues(io: Pick<Io, "env">, collect: Collect): Values {
  const values: Values = {};
  for (const name of environmentOptions()) {
    const raw = io.env[envName(name)];
    if (raw === undefined || raw === "") continue;
    Object.assign(values, collect(() => ({ [name]: coerce(name, raw, envName(name), EXIT.badConfig) })));
  }
  return values;
}
