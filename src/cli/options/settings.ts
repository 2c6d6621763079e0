/**
 * Merges the sources of the settings. A flag overrides the environment, which overrides the file of the registered
 * service, which overrides the configuration file, which overrides the default.
 *
 * @module
 */
import { absolutePath, directoryOf } from "../../core/state/paths.ts";
import type { Fs } from "../../core/fs_port.ts";
import { markedDataDir } from "../../core/state/marker.ts";
import { resolveOrSelf } from "../../core/state/state_files.ts";
import type { Problem } from "../../core/problem.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { configProblem, UsageError } from "../cli_errors.ts";
import type { Collect, FileValues } from "./config_file.ts";
import { readConfig } from "./find_config.ts";
import {
  type Registered,
  registeredService,
  registeredServices,
  registeredValues,
  type Registry,
  serviceOf,
  unknownService,
} from "./registry.ts";
import {
  ENV_PREFIX,
  environmentOptions,
  envName,
  flagName,
  type OptionName,
  type Settings,
  specOf,
} from "./options.ts";
import { OPTIONS } from "./option_table.ts";
import { coerce, type Values } from "./values.ts";

/** What the settings depend on in addition to the flags. */
export type SettingsIo = Pick<ProcessIo, "self" | "cwd" | "env">;

/** The source of a value. */
export interface Origin {
  readonly kind: "flag" | "environment" | "file" | "default";
  /** The flag, the variable or the file. */
  readonly where: string;
}

/** Which registered service the settings are those of, beside the one that `--name` names. */
export type Finds =
  /** The one that guards `--exe` or `--guard`; without them the only one there is. */
  | { readonly kind: "service" }
  /** The one that guards this program. */
  | { readonly kind: "program"; readonly program: string | undefined }
  | { readonly kind: "none" };

/** The merged settings. */
export interface ResolvedSettings {
  readonly settings: Settings;
  /** The names of the registered services, when none of them was found. */
  readonly services: readonly string[];
  /** Where an option's value comes from. */
  originOf(name: OptionName): Origin;
}

/**
 * Merges the sources.
 *
 * @param tolerant Called with each invalid setting in the environment or the file, which is then left out: the gate
 * must start the service all the same. Without this function an invalid setting is thrown.
 * @throws {UsageError} A value is not valid.
 */
export async function resolveSettings(
  flags: Values,
  registry: Registry & { readonly io: SettingsIo },
  finds: Finds,
  tolerant?: (problem: Problem) => void,
): Promise<ResolvedSettings> {
  const { fs, io } = registry;
  const reportOrThrow = (error: unknown): void => {
    if (tolerant === undefined || !(error instanceof UsageError)) throw error;
    tolerant(configProblem(error));
  };
  const collect: Collect = (read) => {
    try {
      return read();
    } catch (error) {
      reportOrThrow(error);
      return {};
    }
  };
  const env = environmentValues(io, collect);
  const early = (name: OptionName) => {
    const value = flags[name] ?? env[name];
    return value === undefined ? undefined : String(value);
  };
  const name = early("name");
  const files: FileSource[] = [];
  let services: readonly string[] = [];
  let isRegistered = false;
  try {
    const found = await findRegistered(registry, name, early("guard") ?? early("exe"), finds);
    services = found.others;
    isRegistered = found.service !== undefined;
    if (found.service !== undefined) {
      const values = await registeredValues(registry, found.service, collect);
      files.push({ path: found.service.path, values: { name: found.service.name, ...values }, own: new Set() });
    }
  } catch (error) {
    reportOrThrow(error);
  }
  try {
    const config = await readConfig(fs, early("config"), io);
    const section = name !== undefined && (config?.services.includes(name) === true || !isRegistered);
    if (section && config === undefined) throw unknownService(name, registeredServices(registry).map(nameOfService));
    if (config !== undefined) {
      files.push({ path: config.path, ...config.valuesFor(section ? name : undefined, collect) });
    }
  } catch (error) {
    reportOrThrow(error);
  }
  const inFiles = files.toReversed().reduce<Values>((values, file) => ({ ...values, ...file.values }), {});
  const settings = { ...defaults(), ...inFiles, ...env, ...flags } as Settings;
  const origin = (name: OptionName) => originOf(name, flags, env, files);
  try {
    refuseUnused(settings, origin("confirmWithin"));
  } catch (error) {
    if (flags.confirmWithin !== undefined) throw error;
    reportOrThrow(error);
  }
  return { settings, services, originOf: origin };
}

/** A limit that nobody keeps would be taken for one that holds. */
function refuseUnused({ confirm, confirmWithin }: Settings, { kind, where }: Origin): void {
  if (confirmWithin === undefined || confirm === "manual") return;
  const option = kind === "file" ? `confirmWithin in ${where}` : where;
  throw new UsageError(
    `Cannot use ${option}: it is for --confirm manual only, where no probes are asked; add that, or set ` +
      "--healthy-deadline instead",
    kind === "flag" ? EXIT.usage : EXIT.badConfig,
  );
}

const nameOfService = ({ name }: Registered) => name;

/** The registered service that a command is about; `others`: the names of all when it is none of them. */
async function findRegistered(
  registry: Registry,
  name: string | undefined,
  program: string | undefined,
  finds: Finds,
): Promise<{ readonly service?: Registered | undefined; readonly others: readonly string[] }> {
  if (name !== undefined) return { service: registeredService(registry, name), others: [] };
  if (finds.kind === "none") return { others: [] };
  const wanted = program ?? (finds.kind === "program" ? finds.program : undefined);
  if (wanted !== undefined) return { service: await serviceOf(registry, wanted), others: [] };
  if (finds.kind === "program") return { others: [] };
  const all = registeredServices(registry);
  return all.length === 1 ? { service: all[0], others: [] } : { others: all.map(nameOfService) };
}

function defaults(): Values {
  const values: Values = {};
  for (const name in OPTIONS) {
    const { kind, default: fallback } = specOf(name as OptionName);
    const value = kind === "flag" ? false : fallback;
    if (value !== undefined) values[name as OptionName] = value;
  }
  return values;
}

/** The configuration file as a source of settings. */
interface FileSource extends FileValues {
  readonly path: string;
}

function originOf(name: OptionName, flags: Values, env: Values, files: readonly FileSource[]): Origin {
  if (flags[name] !== undefined) return { kind: "flag", where: `--${flagName(name)}` };
  if (env[name] !== undefined) return { kind: "environment", where: envName(name) };
  const file = files.find(({ values }) => values[name] !== undefined);
  if (file !== undefined) {
    return { kind: "file", where: file.own.has(name) ? `${file.path}, section of this service` : file.path };
  }
  return { kind: "default", where: "" };
}

/** The variable in which systemd passes a unit's `StateDirectory=`. */
const STATE_DIRECTORY = "STATE_DIRECTORY";

/** The data directory of a program. */
export function dataDirOf(
  settings: Pick<Settings, "dataDir">,
  exe: string,
  io: Pick<SettingsIo, "cwd" | "env">,
  fs: Fs,
): string {
  if (settings.dataDir !== undefined) return absolutePath(io.cwd, settings.dataDir);
  const marked = exe === "" ? undefined : markedDataDir(fs, resolveOrSelf(fs, exe));
  if (marked !== undefined) return marked;
  // systemd separates several directories by colons; the first one is used.
  const fromUnit = io.env.get(STATE_DIRECTORY)?.split(":")[0] ?? "";
  return absolutePath(io.cwd, fromUnit || directoryOf(exe));
}

function environmentValues({ env }: Pick<SettingsIo, "env">, collect: Collect): Values {
  const values: Values = {};
  if (!env.hasPrefix(ENV_PREFIX)) return values;
  for (const name of environmentOptions()) {
    const raw = env.get(envName(name));
    if (raw === undefined || raw === "") continue;
    Object.assign(values, collect(() => ({ [name]: coerce(name, raw, envName(name), EXIT.badConfig) })));
  }
  return values;
}
