/** The manual page, from the command and option tables; the build writes it. @module */
import { VERSION } from "../../core/version.ts";
import { allCommands } from "../commands.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { optionHelp, optionWords, TAGLINE } from "./help.ts";
import { COMMON, flagName, type OptionName, optionNames } from "../options/options.ts";

/** The page in roff, for section 1. */
export async function manPage(): Promise<string> {
  const commands = await allCommands();
  const sections = commands.map(([name, { usage, summary, details, options = [], examples }]) => {
    const own = [...new Set(options)].filter((option) => !COMMON.includes(option));
    return `.SS ${name}\n.B boot\\-sentinel ${escaped(name)}\n${escaped(usage)}\n.PP\n${text(`${summary}.`)}` +
      (details === undefined ? "" : text(details)) +
      (own.length === 0 ? "" : `.PP\nOptions: ${own.map((name) => escaped(`--${flagName(name)}`)).join(", ")}.\n`) +
      `.PP\n.nf\n${examples.map((example) => `    ${escaped(example)}\n`).join("")}.fi\n`;
  });
  const codes = EXIT_TEXTS.map(([code, meaning]) => `.TP\n.B ${code}\n${text(meaning)}`);
  return `.TH BOOT\\-SENTINEL 1 "" "boot\\-sentinel ${VERSION}" "User Commands"\n` +
    `.SH NAME\nboot\\-sentinel \\- ${escaped(TAGLINE)}\n` +
    `.SH SYNOPSIS\n.B boot\\-sentinel\n.I COMMAND\n[options]\n` +
    `.SH DESCRIPTION\n${
      text(
        "boot-sentinel is started in a service's place. It counts each boot of a program that was just updated, puts " +
          "the last good one back when the new one is not confirmed in time, and then becomes the service.",
      )
    }` +
    `.SH COMMANDS\n${sections.join("")}` +
    `.SH OPTIONS\n${text(`Every command takes ${COMMON.map((name) => `--${flagName(name)}`).join(", ")}.`)}${
      optionNames().map(option).join("")
    }` +
    `.SH EXIT STATUS\n${codes.join("")}` +
    `.SH FILES\n${FILES.map(([path, meaning]) => `.TP\n.I ${escaped(path)}\n${text(meaning)}`).join("")}`;
}

const FILES: readonly (readonly [path: string, meaning: string])[] = [
  ["boot-sentinel.config.json", "The configuration, beside the executable."],
  ["EXE.last-good", "The program that is put back, beside the guarded one."],
  ["EXE.rollback-bak", "The program that was rolled back, until the next confirm."],
  [".boot-sentinel.json", "The unconfirmed update and its boots, in the data directory."],
  [".boot-quarantine.json", "The builds that must not be installed again."],
  [".boot-record.json", "What is known of the builds: digests, versions, times."],
  [".boot-history.jsonl", "What happened, one event a line."],
  [".boot-outbox", "Events that wait for the webhook."],
  [".boot-rollback-hook.json", "A rollback whose hook has not ended yet."],
];

function option(name: OptionName): string {
  return `.TP\n.B ${escaped(optionWords(name))}\n${text(optionHelp(name))}`;
}

function text(words: string): string {
  return `${escaped(words)}\n`;
}

/** A hyphen that is to be typed, backslashes, and no line that roff takes for a request. */
function escaped(words: string): string {
  return words.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll(/^(?=[.'])/gm, "\\&");
}

/** The exit codes in words. */
const EXIT_TEXTS: readonly (readonly [code: string, meaning: string])[] = [
  [`${EXIT.ok}`, "Done; to a question: yes."],
  [`${EXIT.no}`, "To a question: no. Otherwise refused, and nothing was changed."],
  [`${EXIT.usage}`, "The command line cannot be understood."],
  [`${EXIT.noInput}`, "A file that the command needs does not exist."],
  [`${EXIT.internal}`, "A fault of boot-sentinel itself."],
  [`${EXIT.notWritable}`, "A state or program file cannot be written, or another command is busy with it."],
  [`${EXIT.rolledBack}`, "The last good program was put back: start the service again."],
  [`${EXIT.denied}`, "Permission denied."],
  [`${EXIT.badConfig}`, "The configuration is wrong."],
  [`${EXIT.notExecutable}`, "The program cannot be executed."],
  [`${EXIT.notFound}`, "The program does not exist."],
  ["other", "The service's own exit code; 128 and more: the signal that ended it."],
];
