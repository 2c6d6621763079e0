/** The commands and options that shells complete, derived from the command and option tables. @module */
import { type Command, optionsOf } from "../../command.ts";
import { flagName, type OptionName, specOf } from "../../options/options.ts";

/** An option to complete. */
export interface OptionCompletion {
  /** The option without its hyphens. */
  readonly flag: string;
  readonly help: string;
  /** The kind of its value: none, one of `choices`, a file, a directory, or any text. */
  readonly takes: "nothing" | "choice" | "file" | "directory" | "text";
  readonly choices: readonly string[];
}

/** A command to complete. */
export interface CommandCompletion {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly string[];
  readonly options: readonly OptionCompletion[];
}

/** Writes the completion script of one shell. */
export type Generator = (commands: readonly CommandCompletion[]) => string;

/** All commands to complete. */
export function completionTable(commands: readonly [name: string, command: Command][]): CommandCompletion[] {
  return commands.map(([name, command]) => ({
    name,
    summary: command.summary,
    verbs: command.verbs ?? [],
    options: optionsOf(command).map(optionCompletion),
  }));
}

function optionCompletion(name: OptionName): OptionCompletion {
  const { kind, help, value = "", choices = [] } = specOf(name);
  const byValue = { PATH: "file", FILE: "file", DIR: "directory" } as const;
  const takes = kind === "flag"
    ? "nothing"
    : kind === "choice"
    ? "choice"
    : byValue[value as keyof typeof byValue] ?? "text";
  return { flag: flagName(name), help, takes, choices };
}

/** The options of all commands, each once. */
export function everyOption(commands: readonly CommandCompletion[]): OptionCompletion[] {
  return [...new Map(commands.flatMap(({ options }) => options.map((option) => [option.flag, option]))).values()];
}
