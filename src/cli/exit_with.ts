/** The only exit of the program. @module */

/** What ends the process, and takes its last words. */
interface ExitIo {
  exit(code: number): void;
  stderr(text: string): void;
}

/** Ends this process with a code, once it is known; a fault of our own has one, too. */
export function exitWith(code: Promise<number>, io: ExitIo): Promise<void> {
  return code.then(io.exit, (error) => {
    io.stderr(`boot-sentinel: internal error: ${error instanceof Error ? error.stack : error}\n`);
    io.exit(70);
  });
}
