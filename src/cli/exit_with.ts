/** The only exit of the program. @module */
import { realIo } from "../system/real_io.ts";

/** Ends this process with a code, once it is known; a fault of our own has one, too. */
export function exitWith(code: Promise<number>): Promise<void> {
  return code.then(realIo.exit, (error) => {
    realIo.stderr(`boot-sentinel: internal error: ${error instanceof Error ? error.stack : error}\n`);
    realIo.exit(70);
  });
}
