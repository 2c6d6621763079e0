/**
 * Command lines that Windows programs take apart again into the arguments that were meant. Pure: no system calls.
 *
 * @module
 */

/** Windows refuses a command line of more UTF-16 units, the closing NUL included. */
export const COMMAND_LINE_LIMIT = 32_767;

/** An argument or program that no command line can carry. */
export class CommandLineError extends Error {
  override readonly name = "CommandLineError";
}

/**
 * One argument, quoted for `CommandLineToArgvW` and the C runtime: both give back exactly `argument`.
 *
 * Backslashes are doubled only in front of a quotation mark, because elsewhere they stand for themselves.
 */
export function quoteArgument(argument: string): string {
  refuseNul(argument, "an argument");
  if (argument !== "" && !/[\s"]/.test(argument)) return argument;
  const escaped = argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1");
  return `"${escaped}"`;
}

/**
 * The command line that starts `program` with `args`. The program comes first and is quoted by simpler rules: in the
 * first word a backslash never escapes, and a file name cannot hold a quotation mark.
 *
 * @throws {CommandLineError} For a NUL, a quotation mark in the program's name, or a line over the limit.
 */
export function commandLine(program: string, args: readonly string[]): string {
  refuseNul(program, "the program's path");
  if (program.includes('"')) {
    throw new CommandLineError(
      `Cannot start ${program}: a path cannot hold a quotation mark; give the path without quotes around it`,
    );
  }
  // Always quoted: an unquoted service path with a blank lets Windows try C:\Program.exe first.
  const line = [`"${program}"`, ...args.map(quoteArgument)].join(" ");
  return refuseLong(line, program);
}

/** True for a batch file, which only `cmd.exe` can run. */
export function isBatchFile(program: string): boolean {
  // Windows drops blanks and dots at a name's end before it looks at the extension.
  return /\.(bat|cmd)[\s.]*$/i.test(program);
}

/**
 * The arguments for `cmd.exe` that run a batch file, as one raw string.
 *
 * `cmd.exe` takes its line apart by other rules than programs do, and expands `%NAME%` even inside quotes: what it
 * would change is refused instead of being passed on changed (or run as a command).
 *
 * @throws {CommandLineError} For a character that `cmd.exe` would not hand on as it is.
 */
export function batchCommandLine(shell: string, batch: string, args: readonly string[]): string {
  for (const word of [batch, ...args]) {
    refuseNul(word, "an argument");
    if (/["%!\r\n]/.test(word)) {
      throw new CommandLineError(
        `Cannot start ${batch}: cmd.exe would change the argument ${JSON.stringify(word)} of a batch file; ` +
          `leave out quotation marks, %, ! and line breaks, or start a program instead of a batch file`,
      );
    }
  }
  const words = [batch, ...args].map((word) => `"${word.replace(/(\\+)$/, "$1$1")}"`).join(" ");
  // /d: no AutoRun from the registry; /v:off: no !NAME!; /s: strip exactly the outer quotes.
  return refuseLong(`"${shell}" /d /e:on /v:off /s /c "${words}"`, batch);
}

function refuseNul(text: string, what: string): void {
  if (text.includes("\0")) {
    throw new CommandLineError(`Cannot start the program: ${what} holds a NUL character, where Windows would cut it`);
  }
}

function refuseLong(line: string, program: string): string {
  if (line.length < COMMAND_LINE_LIMIT) return line;
  throw new CommandLineError(
    `Cannot start ${program}: its command line has ${line.length} characters, Windows allows ${
      COMMAND_LINE_LIMIT - 1
    }; pass long values in a file or in the environment`,
  );
}
