/**
 * The configuration file: keys for all services, and a section per service.
 *
 * @module
 */
import { absolutePath, directoryOf } from "../../core/state/paths.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UnknownNameError, UsageError } from "../cli_errors.ts";
import { fileOptions, type OptionName, takesPath } from "./options.ts";
import { coerce, readJson, type Value, type Values } from "./values.ts";

/** Runs `read`. When it throws, the error is thrown on, or reported, and the value is left out. */
export type Collect = (read: () => Values) => Values;

/** A parsed configuration file. */
export interface ConfigFile {
  readonly path: string;
  /** The names of the services that have a section. */
  readonly services: readonly string[];
  /** The options for a service. Its own keys override those for all services. */
  valuesFor(service: string | undefined, collect: Collect): FileValues;
}

/** The options for one service. */
export interface FileValues {
  readonly values: Values;
  /** The keys of the service's own section. */
  readonly own: ReadonlySet<string>;
}

/**
 * Reads a configuration file's text.
 *
 * @throws {UsageError} 78: it is not JSON, or a section is not an object.
 */
export function parseConfig(text: string, path: string): ConfigFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`Cannot use ${path}: it is not JSON (${(error as Error).message}); fix it`, EXIT.badConfig);
  }
  const { $schema: _, services, ...general } = objectOf(json, path, "it");
  const sections = new Map(
    Object.entries(services === undefined ? {} : objectOf(services, path, "services"))
      .map(([name, section]) => [name, objectOf(section, path, `services.${name}`)]),
  );
  return {
    path,
    services: [...sections.keys()],
    valuesFor(service, collect) {
      const values = checked(general, "", path, collect);
      if (service === undefined) return { values, own: new Set() };
      const section = sections.get(service);
      if (section === undefined) {
        collect(() => {
          throw unknown("no service", service, path, [...sections.keys()]);
        });
        return { values, own: new Set() };
      }
      const own = checked(section, `services.${service}.`, path, collect);
      return { values: { ...values, ...own }, own: new Set(Object.keys(own)) };
    },
  };
}

function objectOf(json: unknown, path: string, what: string): Record<string, unknown> {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw new UsageError(`Cannot use ${path}: ${what} is not a JSON object; fix it`, EXIT.badConfig);
}

/** Checks each key by itself: a typing error in one key must not change the others, for example the data directory. */
function checked(section: Record<string, unknown>, prefix: string, path: string, collect: Collect): Values {
  const names = fileOptions();
  const values: Values = {};
  for (const [key, raw] of Object.entries(section)) {
    Object.assign(
      values,
      collect(() => {
        const name = names.find((known) => known === key);
        if (name === undefined) {
          throw unknown("an unknown key", prefix + key, path, names.map((known) => prefix + known));
        }
        return {
          [name]: located(name, coerce(name, raw, `${prefix}${key} in ${path}`, EXIT.badConfig, readJson), path),
        };
      }),
    );
  }
  return values;
}

function unknown(what: string, name: string, path: string, known: readonly string[]): UnknownNameError {
  return new UnknownNameError(
    `Cannot use ${path}: it has ${what} ${JSON.stringify(name)}`,
    name,
    known,
    EXIT.badConfig,
  );
}

/** Relative paths are resolved against the file's directory, so that they do not depend on the working directory. */
function located(name: OptionName, value: Value, path: string): Value {
  if (!takesPath(name)) return value;
  const absolute = (file: string) => absolutePath(directoryOf(path), file);
  return Array.isArray(value) ? value.map(absolute) : absolute(String(value));
}
