/** Completions for bash. @module */
import { everyOption, type Generator } from "./completion_table.ts";

/** Writes the script. */
export const bash: Generator = (commands) => {
  const after = everyOption(commands).filter(({ takes }) => takes !== "nothing").map(({ flag, takes, choices }) => {
    const action = {
      choice: `COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$word"))`,
      file: `compopt -o filenames; COMPREPLY=($(compgen -f -- "$word"))`,
      directory: `compopt -o filenames; COMPREPLY=($(compgen -d -- "$word"))`,
      text: ":",
      nothing: ":",
    }[takes];
    return `    --${flag}) ${action}; return ;;\n`;
  });
  const cases = commands.map(({ name, verbs, options }) =>
    `    ${name}) verbs="${verbs.join(" ")}"; flags="${options.map((option) => `--${option.flag}`).join(" ")}" ;;\n`
  );
  return `# bash completion for boot-sentinel
_boot_sentinel() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" i verbs= flags=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help --version" -- "$word"))
    return
  fi
  for ((i = 2; i < COMP_CWORD; i++)); do
    # After -- comes the service's own command.
    if [[ \${COMP_WORDS[i]} == -- ]]; then
      compopt -o filenames
      COMPREPLY=($(compgen -f -- "$word"))
      return
    fi
  done
  case "$before" in
${after.join("")}  esac
  case "\${COMP_WORDS[1]}" in
${cases.join("")}  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$word"))
  elif ((COMP_CWORD == 2)) && [[ -n $verbs ]]; then COMPREPLY=($(compgen -W "$verbs" -- "$word"))
  else
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _boot_sentinel boot-sentinel
`;
};
