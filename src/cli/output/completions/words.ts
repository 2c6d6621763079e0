/** What there is to complete, from the command and option tables. @module */
import { type Command, optionsOf } from "../../command.ts";
import { flagName, type OptionName, specOf } from "../../options/options.ts";

/** An option to complete. */
export interface OptionWords {
  /** As it is typed, without its hyphens. */
  readonly flag: string;
  readonly help: string;
  /** What follows it: nothing, one of some words, a path, a directory, or what nobody can guess. */
  readonly takes: "nothing" | "choice" | "file" | "directory" | "text";
  readonly choices: readonly string[];
}

/** A command to complete. */
export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly string[];
  readonly options: readonly OptionWords[];
}

/** Writes the completion script of one shell. */
export type Generator = (commands: readonly CommandWords[]) => string;

/** All of them. */
export function completionWords(commands: readonly [name: string, command: Command][]): CommandWords[] {
  return commands.map(([name, command]) => ({
    name,
    summary: command.summary,
    verbs: command.verbs ?? [],
    options: optionsOf(command).map(optionWords),
  }));
}

function optionWords(name: OptionName): OptionWords {
  const { kind, help, value = "", choices = [] } = specOf(name);
  const byValue = { PATH: "file", FILE: "file", DIR: "directory" } as const;
  const takes = kind === "flag"
    ? "nothing"
    : kind === "choice"
    ? "choice"
    : byValue[value as keyof typeof byValue] ?? "text";
  return { flag: flagName(name), help, takes, choices };
}

/** Every option that some command has, once. */
export function everyOption(commands: readonly CommandWords[]): OptionWords[] {
  return [...new Map(commands.flatMap(({ options }) => options.map((option) => [option.flag, option]))).values()];
}
