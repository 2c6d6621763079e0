/** The manual pages, derived from the command and option tables. `build.ts` and `build/` write them. @module */
import { VERSION } from "../../core/version.ts";
import type { Command } from "../command.ts";
import { allCommands } from "../commands.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { optionHelp, optionUsage, TAGLINE } from "./help.ts";
import { PAGES } from "./pages.ts";
import { COMMON, flagName, type OptionName, optionNames } from "../options/options.ts";

/** The page in roff, for section 1. */
export async function manPage(): Promise<string> {
  const commands = await allCommands();
  const sections = commands.map(([name, { usage, summary, details, options = [], examples }]) => {
    const own = ownOptions(options);
    return `.SS ${name}\n.B boot\\-sentinel ${escaped(name)}\n${escaped(usage)}\n.PP\n${text(`${summary}.`)}` +
      (details === undefined ? "" : text(details)) +
      (own.length === 0 ? "" : `.PP\nOptions: ${own.map((name) => escaped(`--${flagName(name)}`)).join(", ")}.\n`) +
      `.PP\n.nf\n${examples.map((example) => `    ${escaped(example)}\n`).join("")}.fi\n`;
  });
  const codes = EXIT_TEXTS.map(([code, meaning]) => `.TP\n.B ${code}\n${text(meaning)}`);
  return header("boot-sentinel") +
    `.SH NAME\nboot\\-sentinel \\- ${escaped(TAGLINE)}\n` +
    `.SH SYNOPSIS\n.B boot\\-sentinel\n.I COMMAND\n[options]\n` +
    `.SH DESCRIPTION\n${
      text(
        "boot-sentinel is started in place of a service's program. It counts each boot of a program that was just " +
          "updated, puts the last good program back if the new one is not confirmed after --max-attempts boots, and " +
          "then replaces itself by the program.",
      )
    }` +
    `.SH COMMANDS\n${sections.join("")}` +
    `.SH OPTIONS\n${text(`Every command takes ${COMMON.map((name) => `--${flagName(name)}`).join(", ")}.`)}${
      optionNames().map(option).join("")
    }` +
    `.SH EXIT STATUS\n${codes.join("")}` +
    `.SH FILES\n${FILES.map(([path, meaning]) => `.TP\n.I ${escaped(path)}\n${text(meaning)}`).join("")}` +
    `.SH SEE ALSO\n${text("The pages of the manual, in the project's folder:")}${
      Object.entries(PAGES).map(([page, title]) => `.TP\n.I ${escaped(page)}\n${text(title)}`).join("")
    }.PP\n.BR systemd.service (5),\n.BR journalctl (1)\n`;
}

/** A page for each command: those of `man boot-sentinel swap`, by name. */
export async function commandManPages(): Promise<[name: string, page: string][]> {
  return (await allCommands()).map(([name, command]) => [`boot-sentinel-${name}`, commandPage(name, command)]);
}

function commandPage(name: string, { usage, summary, details, options = [], examples }: Command): string {
  const own = ownOptions(options);
  return header(`boot-sentinel-${name}`) +
    `.SH NAME\nboot\\-sentinel\\-${escaped(name)} \\- ${text(summary)}` +
    `.SH SYNOPSIS\n.B boot\\-sentinel ${escaped(name)}\n${text(usage)}` +
    `.SH DESCRIPTION\n${text(`${summary}.`)}${details === undefined ? "" : text(details)}` +
    (own.length === 0 ? "" : `.SH OPTIONS\n${own.map(option).join("")}`) +
    `.SH EXAMPLES\n.nf\n${examples.map(text).join("")}.fi\n` +
    `.SH SEE ALSO\n.BR boot\\-sentinel (1)\nhas the options of every command, the exit codes and the files.\n`;
}

function header(name: string): string {
  return `.TH ${escaped(name.toUpperCase())} 1 "" "boot\\-sentinel ${VERSION}" "User Commands"\n`;
}

/** The options that not every command has, each once. */
function ownOptions(options: readonly OptionName[]): OptionName[] {
  return [...new Set(options)].filter((option) => !COMMON.includes(option));
}

const FILES: readonly (readonly [path: string, meaning: string])[] = [
  ["boot-sentinel.config.json", "The configuration, beside the executable."],
  ["EXE.last-good", "The last good program, beside the guarded one. A rollback puts it back."],
  ["EXE.rollback-bak", "The program that was rolled back. It is kept until the next confirm."],
  [".boot-sentinel.json", "The armed build and its attempts. This and the following files are in the data directory."],
  [".boot-quarantine.json", "The builds that must not be installed again."],
  [".boot-record.json", "Digests, versions and times of the builds."],
  [".boot-history.jsonl", "The history, one event per line."],
  [".boot-outbox", "Events that are to be sent to the webhook."],
  [".boot-rollback-hook.json", "A rollback whose --after-rollback-hook has not ended yet."],
];

function option(name: OptionName): string {
  return `.TP\n.B ${escaped(optionUsage(name))}\n${text(optionHelp(name))}`;
}

function text(content: string): string {
  return `${escaped(content)}\n`;
}

/**
 * Escapes hyphens, which roff would change to another character, backslashes, and lines that roff takes for requests.
 */
function escaped(content: string): string {
  return content.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll(/^(?=[.'])/gm, "\\&");
}

/** The descriptions of the exit codes. */
const EXIT_TEXTS: readonly (readonly [code: string, meaning: string])[] = [
  [`${EXIT.ok}`, "Done. For a command that asks a question: yes."],
  [`${EXIT.no}`, "Refused, and nothing was changed. For a command that asks a question: no."],
  [`${EXIT.usage}`, "The command line is not valid."],
  [`${EXIT.noInput}`, "A file that the command needs does not exist."],
  [`${EXIT.internal}`, "An internal error of boot-sentinel."],
  [`${EXIT.notWritable}`, "A state or program file cannot be written, or another command holds the lock."],
  [`${EXIT.rolledBack}`, "The last good program was put back: start the service again."],
  [`${EXIT.denied}`, "Permission denied."],
  [`${EXIT.badConfig}`, "The configuration is wrong."],
  [`${EXIT.notExecutable}`, "The program cannot be executed."],
  [`${EXIT.notFound}`, "The program does not exist."],
  ["other", "The service's own exit code, or 128 + n if signal n ended it."],
];
