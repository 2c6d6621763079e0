/** The completion scripts as files of a package. @module */
import { allCommands } from "../src/cli/commands.ts";
import { bash } from "../src/cli/output/completions/bash.ts";
import { completionTable } from "../src/cli/output/completions/completion_table.ts";
import { fish } from "../src/cli/output/completions/fish.ts";
import { powershell } from "../src/cli/output/completions/powershell.ts";
import { zsh } from "../src/cli/output/completions/zsh.ts";

/** The script of each shell. */
export async function completionScripts(): Promise<Record<"bash" | "fish" | "powershell" | "zsh", string>> {
  const table = completionTable(await allCommands());
  return { bash: bash(table), fish: fish(table), powershell: powershell(table), zsh: zsh(table) };
}
