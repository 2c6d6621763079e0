/**
 * The registered services: a file for each, with the settings of that service in the keys of the configuration file. So
 * every command, whoever calls it, works with the same program, probes and hooks.
 *
 * @module
 */
import type { Fs } from "../../core/fs_port.ts";
import type { Host } from "../../core/ports.ts";
import { absolutePath, fileIn } from "../../core/state/paths.ts";
import { isMissing, namesIn, resolveOrSelf } from "../../core/state/state_files.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UnknownNameError, UsageError } from "../cli_errors.ts";
import type { Collect, ConfigFile } from "./config_file.ts";
import { readSettingsFile } from "./find_config.ts";
import type { Values } from "./values.ts";

/** Where services are registered. */
export interface Registry {
  readonly fs: Fs;
  readonly os: Host["os"];
  readonly io: Pick<ProcessIo, "env" | "cwd">;
}

/** A registered service. */
export interface Registered {
  readonly name: string;
  /** The file. */
  readonly path: string;
  /** Its content, when it has been read. */
  readonly config?: ConfigFile;
}

const SUFFIX = ".json";

/** The folders with a file for each service. A service of the whole machine goes before a user's own of that name. */
export function registryFolders({ os, io: { env } }: Pick<Registry, "os" | "io">): string[] {
  if (os === "windows") return [`${env.get("ProgramData") ?? "C:\\ProgramData"}\\boot-sentinel`];
  return ["/etc/boot-sentinel", ...userFolder(env)];
}

/** The folder of a user's own services. */
function userFolder(env: Pick<ProcessIo["env"], "get">): string[] {
  const base = env.get("XDG_CONFIG_HOME");
  if (base?.startsWith("/")) return [`${base}/boot-sentinel`];
  const home = env.get("HOME");
  return home?.startsWith("/") ? [`${home}/.config/boot-sentinel`] : [];
}

/** Why a text cannot be the name of a service; `undefined` if it can. */
export function nameFault(name: string): string | undefined {
  return /^[\w@][\w:.@-]*$/.test(name) && name.length < 200 ? undefined : "a name has letters, digits and :-_.@";
}

/** All registered services, in the order of their folders and names. Folders that cannot be read are left out. */
export function registeredServices(registry: Registry): Registered[] {
  const found: Registered[] = [];
  for (const folder of registryFolders(registry)) {
    for (const file of namesIn(registry.fs, folder)) {
      const name = file.slice(0, -SUFFIX.length);
      if (file.endsWith(SUFFIX) && nameFault(name) === undefined && !found.some((one) => one.name === name)) {
        found.push({ name, path: fileIn(folder, file) });
      }
    }
  }
  return found;
}

/** The service of a name; `undefined` when none is registered under it. */
export function registeredService(registry: Registry, name: string): Registered | undefined {
  if (nameFault(name) !== undefined) return undefined;
  for (const folder of registryFolders(registry)) {
    const path = fileIn(folder, name + SUFFIX);
    if (!isMissing(registry.fs, path)) return { name, path };
  }
  return undefined;
}

/**
 * The settings of a service.
 *
 * @throws {UsageError} 78: the file cannot be read, is not a JSON object, or other users can write it.
 */
export async function registeredValues(
  { fs }: Pick<Registry, "fs">,
  { path, config }: Registered,
  collect: Collect,
): Promise<Values> {
  return (config ?? await readSettingsFile(fs, path)).valuesFor(undefined, collect).values;
}

/** What a service guards, and where its state and its metrics are. */
export interface Guarded {
  readonly guarded: string | undefined;
  readonly dataDir: string | undefined;
  readonly metricsFile: string | undefined;
}

/** What a service guards; its other settings may be invalid. */
export async function guardedBy(
  registry: Pick<Registry, "fs">,
  service: Registered,
): Promise<Guarded> {
  const validOnly: Collect = (read) => {
    try {
      return read();
    } catch (error) {
      if (error instanceof UsageError) return {};
      throw error;
    }
  };
  const { exe, guard = exe, dataDir, metricsFile } = await registeredValues(registry, service, validOnly);
  const path = (value: unknown) => value === undefined ? undefined : String(value);
  return { guarded: path(guard), dataDir: path(dataDir), metricsFile: path(metricsFile) };
}

/** The service that guards a program, links followed; files that cannot be read are left out. */
export async function serviceOf(registry: Registry, program: string): Promise<Registered | undefined> {
  const { fs, io } = registry;
  const wanted = resolveOrSelf(fs, absolutePath(io.cwd, program));
  for (const one of registeredServices(registry)) {
    try {
      const service = { ...one, config: await readSettingsFile(fs, one.path) };
      const { guarded } = await guardedBy(registry, service);
      if (guarded !== undefined && resolveOrSelf(fs, guarded) === wanted) return service;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }
  return undefined;
}

/** The error for a name that is neither registered nor a section of the configuration file. */
export function unknownService(name: string, known: readonly string[]): UnknownNameError {
  const which = known.length === 0 ? "none is registered" : `registered: ${known.join(", ")}`;
  return new UnknownNameError(`There is no service ${name} (${which})`, name, known, EXIT.badConfig);
}
