/** The help, from the command and option tables. @module */
import { VERSION } from "../core/version.ts";
import type { Command } from "./command.ts";
import { COMMON, envName, type OptionName, OPTIONS, specOf } from "./options.ts";

/** The help of the whole program. */
export async function programHelp(
  commands: Readonly<Record<string, () => Promise<{ command: Command }>>>,
): Promise<string> {
  const rows = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(11)} ${(await load()).command.summary}`),
  );
  return `boot-sentinel ${VERSION}: puts the last good program back when an update crash-loops\n\n` +
    "usage: boot-sentinel COMMAND [options]\n\n" +
    `${rows.join("\n")}\n\n` +
    "Options of every command, also as BOOT_SENTINEL_* or in boot-sentinel.config.json beside this executable:\n" +
    `${optionRows(COMMON)}\n\nMore: boot-sentinel COMMAND --help\n`;
}

/** The help of one command. */
export function commandHelp(name: string, command: Command): string {
  const own = command.options ?? [];
  return `usage: boot-sentinel ${name} ${command.usage}\n\n${command.summary}.\n` +
    (command.details === undefined ? "" : `${command.details}\n`) +
    `\nOptions:\n${optionRows([...own, ...COMMON])}\n` +
    `\nExamples:\n${command.examples.map((example) => `  ${example}`).join("\n")}\n`;
}

/** The version line. */
export function programVersion(): string {
  return `boot-sentinel ${VERSION}\n`;
}

function optionRows(names: readonly OptionName[]): string {
  return names.map((name) => {
    const { value, choices, help } = specOf(name);
    const word = value ?? choices?.join("|");
    const env = OPTIONS[name].persistent ? ` [${envName(name)}]` : "";
    return `  ${`--${name}${word === undefined ? "" : ` ${word}`}`.padEnd(26)} ${help}${env}`;
  }).join("\n");
}
