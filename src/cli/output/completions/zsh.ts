/** Completions for zsh. @module */
import { shellWord } from "../../../core/shell_word.ts";
import type { CommandCompletion, Generator, OptionCompletion } from "./completion_table.ts";

/** Writes the script. */
export const zsh: Generator = (commands) => {
  const names = commands.map(({ name, summary }) => `    ${shellWord(`${name}:${summary.replaceAll(":", "\\:")}`)}\n`);
  const cases = commands.map((command) => `    ${command.name})\n      _arguments -s ${specs(command)} ;;\n`);
  return `#compdef boot-sentinel
_boot_sentinel() {
  local -a commands
  commands=(
${names.join("")}  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join("")}  esac
}
# Autoloaded by compinit, this file is the function's body, so it is called. Read by source, it is registered.
if [[ $funcstack[1] == _boot-sentinel ]]; then _boot_sentinel "$@"; else compdef _boot_sentinel boot-sentinel; fi
`;
};

function specs({ verbs, options }: CommandCompletion): string {
  const first = verbs.length > 0 ? [shellWord(`1:verb:(${verbs.join(" ")})`)] : [];
  return [...options.map(spec), ...first, shellWord("*:file:_files")].join(" \\\n        ");
}

function spec({ flag, help, takes, choices }: OptionCompletion): string {
  const text = help.replaceAll(/[[\]:]/g, "\\$&");
  const action = {
    nothing: "",
    choice: `:value:(${choices.join(" ")})`,
    file: ":file:_files",
    directory: ":directory:_files -/",
    text: ":value:",
  }[takes];
  return shellWord(`--${flag}[${text}]${action}`);
}
