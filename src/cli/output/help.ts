/** The help, derived from the command and option tables. @module */
import { VERSION } from "../../core/version.ts";
import { buildInfo } from "./build_info.ts";
import type { Command } from "../command.ts";
import { allCommands } from "../commands.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { namedPage, pageOn } from "./pages.ts";
import { COMMON, envName, flagName, type OptionName, specOf } from "../options/options.ts";
import { shownDefault } from "../options/shown_default.ts";
import { table } from "./table.ts";

/** The width of the help in columns. */
const WIDTH = 100;

/** The description of boot-sentinel in one line. */
export const TAGLINE = "puts the last good program back when an update crash-loops";

/** The help of the whole program. */
export async function programHelp(): Promise<string> {
  const rows = (await allCommands()).map(([name, { summary }]) => [`  ${name}`, summary]);
  return `boot-sentinel ${VERSION}: ${TAGLINE}\n\nusage: boot-sentinel COMMAND [options]\n\n${table(rows, WIDTH)}\n` +
    "Options of every command, also as BOOT_SENTINEL_* or in boot-sentinel.config.json beside this executable:\n" +
    `${optionRows(COMMON)}\nMore: boot-sentinel COMMAND --help\nManual: ${namedPage("docs/commands.md")}\n`;
}

/** The help of one command, on that operating system. */
export function commandHelp(name: string, command: Command, os: string): string {
  const { usage, summary, details, examples } = command;
  const own = [...new Set(command.options ?? [])].filter((option) => !COMMON.includes(option));
  return `usage: boot-sentinel ${name} ${usage}\n\n${summary}.\n` +
    (details === undefined ? "" : `${details}\n`) +
    (own.length === 0 ? "" : `\nOptions:\n${optionRows(own)}`) +
    `\nOptions of every command:\n${optionRows(COMMON)}` +
    `\nExamples:\n${examples.map((example) => `  ${example}\n`).join("")}` +
    `\nManual: ${namedPage(pageOn(os, command.page))}\n`;
}

/** The version, as text or as JSON. */
export function programVersion(io: Pick<ProcessIo, "runtime" | "target">, json: boolean): string {
  const info = buildInfo(io);
  return json ? JSON.stringify({ schema: 1, ...info }) + "\n" : `boot-sentinel ${info.version}\n`;
}

/** The usage of an option, such as `--keep N`. */
export function optionUsage(name: OptionName): string {
  const { value, choices } = specOf(name);
  const shown = value ?? choices?.join("|");
  return shown === undefined ? `--${flagName(name)}` : `--${flagName(name)} ${shown}`;
}

/** The help of an option, with its default and its environment variable. */
export function optionHelp(name: OptionName): string {
  const { help, persistent, ...spec } = specOf(name);
  const fallback = shownDefault(spec);
  return help + (fallback === undefined ? "" : ` (default: ${fallback})`) + (persistent ? ` [${envName(name)}]` : "");
}

function optionRows(names: readonly OptionName[]): string {
  return table(names.map((name) => [`  ${optionUsage(name)}`, optionHelp(name)]), WIDTH);
}
