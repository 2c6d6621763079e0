/** `completions`: the completion script of a shell. @module */
import type { Command } from "../command.ts";
import { bash } from "../output/completions/bash.ts";
import { fish } from "../output/completions/fish.ts";
import { powershell } from "../output/completions/powershell.ts";
import { completionTable, type Generator } from "../output/completions/completion_table.ts";
import { zsh } from "../output/completions/zsh.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UsageError } from "../cli_errors.ts";

const SHELLS: Readonly<Record<string, Generator>> = { bash, zsh, fish, powershell };

/** The command. */
export const command: Command = {
  usage: "bash | zsh | fish | powershell",
  summary: "Print the completion script of a shell",
  verbs: Object.keys(SHELLS),
  examples: [
    "boot-sentinel completions bash > /etc/bash_completion.d/boot-sentinel",
    'boot-sentinel completions zsh > "${fpath[1]}/_boot-sentinel"',
    "boot-sentinel completions fish > ~/.config/fish/completions/boot-sentinel.fish",
    "boot-sentinel completions powershell | Out-String | Invoke-Expression",
  ],
  finds: "none",
  positionals: [1, 1],
  async run({ positionals, io, allCommands }) {
    const [shell = ""] = positionals;
    const generator = SHELLS[shell];
    if (generator === undefined) {
      throw new UsageError(`Unknown shell ${shell}: it must be one of ${Object.keys(SHELLS).join(", ")}`);
    }
    io.stdout(generator(completionTable(await allCommands())));
    return EXIT.ok;
  },
};
