/** Completions for PowerShell. @module */
import { everyOption, type Generator } from "./completion_table.ts";

/** Writes the script. */
export const powershell: Generator = (commands) => {
  const table = (rows: readonly string[]) => rows.map((row) => `    ${row}\n`).join("");
  return `# PowerShell completion for boot-sentinel
Register-ArgumentCompleter -Native -CommandName boot-sentinel -ScriptBlock {
  param($word, $ast, $cursor)
  $commands = [ordered]@{
${table(commands.map(({ name, summary }) => `${quoted(name)} = ${quoted(summary)}`))}  }
  $verbs = @{
${
    table(commands.filter(({ verbs }) => verbs.length > 0).map(({ name, verbs }) => `${quoted(name)} = ${list(verbs)}`))
  }  }
  $flags = @{
${
    table(commands.map(({ name, options }) => `${quoted(name)} = ${list(options.map((option) => `--${option.flag}`))}`))
  }  }
  $choices = @{
${
    table(
      everyOption(commands).filter(({ takes }) => takes === "choice")
        .map(({ flag, choices }) => `${quoted(`--${flag}`)} = ${list(choices)}`),
    )
  }  }
  $words = @($ast.CommandElements | ForEach-Object { $_.ToString() })
  $at = if ($word -eq '') { $words.Count } else { $words.Count - 1 }
  $command = if ($words.Count -gt 1) { $words[1] } else { '' }
  $before = $words[$at - 1]
  $found = if ($at -le 1) { $commands.Keys }
    elseif ($choices.ContainsKey($before)) { $choices[$before] }
    elseif ($word -like '-*') { $flags[$command] }
    elseif ($at -eq 2 -and $verbs.ContainsKey($command)) { $verbs[$command] }
    else { @() }
  $found | Where-Object { $_ -like "$word*" } | ForEach-Object {
    $tip = if ($commands.Contains($_)) { $commands[$_] } else { $_ }
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $tip)
  }
}
`;
};

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function list(items: readonly string[]): string {
  return `@(${items.map(quoted).join(", ")})`;
}
