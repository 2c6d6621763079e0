/** The process we run in, as far as the gate asks for it. @module */
import process from "./process.ts";
import { become, type BecomeOptions, type Program } from "../linux/exec.ts";
import { textOf } from "../ffi/bytes.ts";
import { sleep } from "./clock.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { lastWords } from "./raw_process.ts";
import { selfWords } from "./self_words.ts";
import type { StartIo } from "./start_io.ts";
import { writeText } from "./stdio.ts";

/** What every start of a service may need of this process. */
export const gateIo = {
  get selfWords(): [string, ...string[]] {
    return selfWords();
  },
  /** Ends this process; the code is one of a byte. */
  exit: (code: number): void => process.exit(code),
  stderr: (text: string): void => writeText(2, text),
  lastWords,
  starting: async (): Promise<StartIo> => (await import("./start_io.ts")).machineStartIo,
  sleep,
  /** Replaces this process; returns only when that failed, with the errno's name. */
  become(program: Program, options: BecomeOptions = {}): string {
    try {
      return become(program, options);
    } catch (error) {
      if (!(error instanceof FfiUnavailable)) throw error;
      return becomePlainly(program);
    }
  },
};

/** Without foreign functions the runtime's own execve still starts the service, if less invisibly. */
function becomePlainly({ path, argv }: Program): string {
  try {
    process.execve?.(textOf(path), argv.map(textOf), process.env as Record<string, string>);
    return "ENOSYS";
  } catch (error) {
    return (error as { code?: string }).code ?? "EIO";
  }
}
