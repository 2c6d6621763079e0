/** Completions for fish. @module */
import type { Generator, OptionCompletion } from "./completion_table.ts";

/** Writes the script. */
export const fish: Generator = (commands) => {
  const none = "complete -c boot-sentinel -n __fish_use_subcommand -f";
  const lines = commands.flatMap(({ name, summary, verbs, options }) => {
    const within = `complete -c boot-sentinel -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `${none} -a ${name} -d ${quoted(summary)}`,
      ...(verbs.length === 0 ? [] : [`${within} -f -a ${quoted(verbs.join(" "))}`]),
      ...options.map((option) => `${within} ${optionCompletion(option)}`),
    ];
  });
  return `# fish completion for boot-sentinel\n${lines.join("\n")}\n`;
};

function optionCompletion({ flag, help, takes, choices }: OptionCompletion): string {
  const action = {
    nothing: "",
    choice: ` -x -a ${quoted(choices.join(" "))}`,
    file: " -r -F",
    directory: " -x -a '(__fish_complete_directories)'",
    text: " -x",
  }[takes];
  return `-l ${flag} -d ${quoted(help)}${action}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
