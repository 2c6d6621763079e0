/**
 * Quotes arguments for Windows command lines. Windows passes a program one string, which the program itself splits into
 * arguments. Pure.
 *
 * @module
 */

/** The longest command line that Windows accepts, in UTF-16 units, including the final NUL. */
export const COMMAND_LINE_LIMIT = 32_767;

/** Thrown for a program or argument that cannot be passed on a command line. */
export class CommandLineError extends Error {
  override readonly name = "CommandLineError";
}

/**
 * Quotes an argument so that `CommandLineToArgvW` and the C runtime return it unchanged.
 *
 * Backslashes are doubled only before a quotation mark: elsewhere these parsers take them literally.
 */
export function quoteArgument(argument: string): string {
  refuseNul(argument, "an argument");
  if (argument !== "" && !/[\s"]/.test(argument)) return argument;
  const escaped = argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1");
  return `"${escaped}"`;
}

/**
 * The command line for `program` with `args`. For the program, the first part, simpler rules apply: backslashes are
 * always literal, and a path cannot contain a quotation mark.
 *
 * @throws {CommandLineError} For a NUL, a quotation mark in the program's path, or a line that is too long.
 */
export function commandLine(program: string, args: readonly string[]): string {
  refuseNul(program, "the program's path");
  if (program.includes('"')) {
    throw new CommandLineError(
      `Cannot start ${program}: a path cannot contain a quotation mark; remove the quotes around the path`,
    );
  }
  // Always quoted: for an unquoted service path with a blank, Windows would try to start C:\Program.exe first.
  const line = [`"${program}"`, ...args.map(quoteArgument)].join(" ");
  return refuseLong(line, program);
}

/** True for a batch file, which only `cmd.exe` can run. */
export function isBatchFile(program: string): boolean {
  // Windows ignores blanks and dots at the end of a file name.
  return /\.(bat|cmd)[\s.]*$/i.test(program);
}

/**
 * The command line by which `cmd.exe` runs a batch file.
 *
 * `cmd.exe` has other rules than programs, and expands `%NAME%` even in quotes. Arguments that it would change, or run
 * as a command, are refused.
 *
 * @throws {CommandLineError} For an argument that `cmd.exe` would not pass on unchanged.
 */
export function batchCommandLine(shell: string, batch: string, args: readonly string[]): string {
  for (const argument of [batch, ...args]) {
    refuseNul(argument, "an argument");
    if (/["%!\r\n]/.test(argument)) {
      throw new CommandLineError(
        `Cannot start ${batch}: cmd.exe would change the argument ${JSON.stringify(argument)} of a batch file; ` +
          `remove quotation marks, %, ! and line breaks, or start a program instead of a batch file`,
      );
    }
  }
  const quoted = [batch, ...args].map((argument) => `"${argument.replace(/(\\+)$/, "$1$1")}"`).join(" ");
  // /d: no AutoRun commands from the registry; /v:off: no expansion of !NAME!; /s: remove exactly the outer quotes.
  return refuseLong(`"${shell}" /d /e:on /v:off /s /c "${quoted}"`, batch);
}

function refuseNul(text: string, what: string): void {
  if (text.includes("\0")) {
    throw new CommandLineError(
      `Cannot start the program: ${what} contains a NUL character, where Windows would cut it`,
    );
  }
}

function refuseLong(line: string, program: string): string {
  if (line.length < COMMAND_LINE_LIMIT) return line;
  throw new CommandLineError(
    `Cannot start ${program}: its command line has ${line.length} characters, but Windows allows only ${
      COMMAND_LINE_LIMIT - 1
    }; pass long values in a file or in the environment`,
  );
}
