/**
 * The command line of most units: `run`, some options that are nothing special, and the program by its path; no
 * configuration. It is told without loading what takes command lines apart.
 *
 * @module
 */
import { isPlainPath, plainDirectory } from "../core/state/plain_path.ts";
import type { BareIo } from "../system/process/bare_io.ts";
import { variableIn } from "../system/process/raw_process.ts";
import { CONFIG_FILE } from "./options/config_name.ts";
import { STATE_DIRECTORY, unitDirectory } from "./options/unit_directory.ts";

/** What is asked of an option's value. */
interface Check {
  test(value: string): boolean;
}

/** Options that a plain line may have, and values of theirs that are surely right. A pattern costs, even if unused. */
export const PLAIN_OPTIONS = {
  "--data-dir": (): Check => ({ test: isPlainPath }),
  "--max-attempts": (): Check => /^\d{1,9}$/,
  "--keep": (): Check => /^\d{1,9}$/,
  "--confirm": (): Check => ({ test: (value) => value === "manual" }),
  "--probe": (): Check =>
    /^(notify|tcp:\/\/(localhost|127\.0\.0\.1):[1-9]\d{1,3}|http:\/\/(localhost|127\.0\.0\.1):[1-9]\d{1,3}(\/[\w./-]*)?)$/,
  "--healthy-after": (): Check => /^\d{1,6}s$/,
  "--healthy-deadline": (): Check => /^\d{1,6}s$/,
} as const;

/** A plain line, taken apart. */
export interface PlainLine {
  /** The program's path, absolute and as short as it can be. */
  readonly exe: string;
  readonly dataDir: string;
  /** The values of the options that were given; of several the last. */
  readonly options: { readonly [name in keyof typeof PLAIN_OPTIONS]?: string };
  /** The command's own words, up to `--`. */
  readonly ownWords: readonly string[];
  /** How many of the last words are the program's own. */
  readonly words: number;
  /** The environment: a NUL before and after each entry. */
  readonly env: string;
}

/** The command line, if it is a plain one; undefined is no fault: others take any. */
export function plainLine(io: BareIo): PlainLine | undefined {
  if (io.os !== "linux" || io.arguments[0] !== "run") return undefined;
  const end = io.arguments.indexOf("--");
  const exe = io.arguments[end + 1];
  if (end < 0 || exe === undefined || !isPlainPath(exe)) return undefined;
  const options: Record<string, string> = {};
  for (let at = 1; at < end; at += 2) {
    const [name = "", value = ""] = io.arguments.slice(at, at + 2);
    if (at + 1 === end || !isPlainOption(name) || !PLAIN_OPTIONS[name]().test(value)) return undefined;
    options[name] = value;
  }
  try {
    const env = io.environment();
    const dataDir = dataDirOf(env, options["--data-dir"], plainDirectory(exe));
    const isPlain = dataDir !== undefined && io.isMissing(`${plainDirectory(io.self)}/${CONFIG_FILE}`);
    return isPlain
      ? { exe, dataDir, options, ownWords: io.arguments.slice(1, end), words: io.arguments.length - end - 1, env }
      : undefined;
  } catch {
    return undefined; // no foreign functions here
  }
}

/** Where the state is: by the option, the environment, or else; undefined when the environment has more to say. */
function dataDirOf(env: string, given: string | undefined, otherwise: string): string | undefined {
  if (env.includes("\0BOOT_SENTINEL_")) return undefined;
  const dataDir = given ?? (unitDirectory(variableIn(env, STATE_DIRECTORY)) || otherwise);
  return isPlainPath(dataDir) ? dataDir : undefined;
}

function isPlainOption(name: string): name is keyof typeof PLAIN_OPTIONS {
  return Object.hasOwn(PLAIN_OPTIONS, name);
}
