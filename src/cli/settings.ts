/**
 * What the options come to: flag over environment over file over default.
 *
 * @module
 */
import { dirname } from "@std/path/dirname.js";
import { join } from "@std/path/join.js";
import { resolve } from "@std/path/resolve.js";
import * as z from "zod/mini";
import { DEFAULT_KEEP, DEFAULT_MAX_ATTEMPTS } from "../core/boot_sentinel.ts";
import { type Fs, FsError } from "../core/ports.ts";
import { MAX_COUNT } from "../core/schemas.ts";
import { EXIT, UsageError } from "./exit_codes.ts";
import type { Io } from "./io.ts";
import { configKey, envName, type OptionName, persistentOptions, specOf } from "./options.ts";

/** The options of one command line. */
export interface Settings {
  readonly exe: string | undefined;
  readonly dataDir: string | undefined;
  readonly appVersion: string | undefined;
  readonly maxAttempts: number;
  readonly keep: number;
  readonly afterRollback: "run" | "exit";
  readonly nofile: number | undefined;
  readonly sha256: string | undefined;
  readonly file: string | undefined;
  readonly to: string | undefined;
  readonly reason: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Option values by name, as one source has them. */
export type Values = Partial<Record<OptionName, string | boolean | number>>;

/** Where the configuration file is looked for when no option names one. */
export function defaultConfigPath(io: Io): string {
  return join(dirname(io.self), "boot-sentinel.config.json");
}

/**
 * Merges the sources.
 *
 * @param tolerant Told of what is wrong in the environment or the file, which is then left out: the gate must start
 * the service whatever an operator has typed there. Without it that is thrown.
 * @throws {UsageError} A value is not of its kind.
 */
export function settle(flags: Values, io: Io, fs: Fs, tolerant?: (problem: string) => void): Settings {
  const collect = (read: () => Values): Values => {
    try {
      return read();
    } catch (error) {
      if (tolerant === undefined || !(error instanceof UsageError)) throw error;
      tolerant(error.message);
      return {};
    }
  };
  const file = collect(() => readConfig(fs, flags.config === undefined ? undefined : String(flags.config), io));
  const env = environmentValues(io, collect);
  const of = (name: OptionName) => flags[name] ?? env[name] ?? file[name];
  const textOf = (name: OptionName) => of(name) === undefined ? undefined : String(of(name));
  return {
    exe: textOf("exe"),
    dataDir: textOf("data-dir"),
    appVersion: textOf("app-version"),
    maxAttempts: of("max-attempts") as number | undefined ?? DEFAULT_MAX_ATTEMPTS,
    keep: of("keep") as number | undefined ?? DEFAULT_KEEP,
    afterRollback: textOf("after-rollback") === "exit" ? "exit" : "run",
    nofile: of("nofile") as number | undefined,
    sha256: textOf("sha256"),
    file: textOf("file"),
    to: textOf("to"),
    reason: textOf("reason"),
    json: of("json") === true,
    quiet: of("quiet") === true,
  };
}

/** The data directory of a program. */
export function dataDirOf(settings: Settings, exe: string, io: Io): string {
  // systemd separates several state directories by colons; the first is the unit's own.
  const fromUnit = io.env["STATE_DIRECTORY"]?.split(":")[0];
  return resolve(io.cwd, settings.dataDir ?? (fromUnit || dirname(exe)));
}

/** What an option takes, in words and as a schema. */
interface ValueKind {
  readonly expected: string;
  readonly schema: z.ZodMiniType<string | number | boolean>;
}

function kindOf(name: OptionName): ValueKind {
  const { kind, choices = [] } = specOf(name);
  switch (kind) {
    case "flag":
      return { expected: "it is true or false", schema: z.union([z.boolean(), z.stringbool()]) };
    case "count": {
      const count = z.int().check(z.gte(0), z.lte(MAX_COUNT));
      const digits = z.pipe(z.string().check(z.regex(/^\s*\d+\s*$/)), z.transform(Number));
      return { expected: "it takes a whole number from 0 on", schema: z.union([count, z.pipe(digits, count)]) };
    }
    case "choice":
      return { expected: `it is ${choices.join(" or ")}`, schema: z.enum([...choices]) };
    case "text":
      return { expected: "it takes some text", schema: z.string().check(z.minLength(1)) };
  }
}

/**
 * Checks one value and gives it its type.
 *
 * @param origin How the user wrote the option, for the error.
 * @throws {UsageError} It is not of the option's kind.
 */
export function coerce(name: OptionName, raw: unknown, origin: string, exitCode: number): string | number | boolean {
  const { expected, schema } = kindOf(name);
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new UsageError(`Cannot use ${origin}: ${expected}, not ${JSON.stringify(raw)}`, exitCode);
}

function environmentValues(io: Io, collect: (read: () => Values) => Values): Values {
  const values: Values = {};
  for (const name of persistentOptions()) {
    const raw = io.env[envName(name)];
    if (raw === undefined || raw === "") continue;
    Object.assign(values, collect(() => ({ [name]: coerce(name, raw, envName(name), EXIT.badConfig) })));
  }
  return values;
}

function readConfig(fs: Fs, named: string | undefined, io: Io): Values {
  const path = named === undefined ? defaultConfigPath(io) : resolve(io.cwd, named);
  let bytes: Uint8Array;
  try {
    bytes = fs.read(path, 1 << 20);
  } catch (error) {
    if (named === undefined && error instanceof FsError && error.code === "notFound") return {};
    throw new UsageError(`Cannot read the configuration: ${(error as Error).message}`, EXIT.badConfig);
  }
  return parseConfig(new TextDecoder().decode(bytes), path);
}

/**
 * Reads a configuration file's text.
 *
 * @throws {UsageError} 78: it is not JSON, has a key that no option has, or a value of the wrong kind.
 */
export function parseConfig(text: string, path: string): Values {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UsageError(`Cannot use ${path}: it is not JSON; mend or remove it`, EXIT.badConfig);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new UsageError(`Cannot use ${path}: it is not a JSON object; mend or remove it`, EXIT.badConfig);
  }
  const names = new Map(persistentOptions().map((name) => [configKey(name), name]));
  const values: Values = {};
  for (const [key, raw] of Object.entries(json)) {
    if (key === "$schema") continue;
    const name = names.get(key);
    if (name === undefined) throw new UnknownKey(key, path, [...names.keys()]);
    values[name] = coerce(name, raw, `${key} in ${path}`, EXIT.badConfig);
  }
  return values;
}

/** A key that no option has. Its nearest is looked up by whoever shows the message, which is rare. */
export class UnknownKey extends UsageError {
  constructor(readonly key: string, path: string, readonly known: readonly string[]) {
    super(`Cannot use ${path}: it has an unknown key ${JSON.stringify(key)}`, EXIT.badConfig);
  }
}
