/** A program that could not be started: is the program itself at fault, or the machine? @module */

/** What the error of a failed start means. */
export interface StartFault {
  /** The same as of a shell: 127 when the program does not exist, else 126. */
  readonly exitCode: 126 | 127;
  /** What is wrong with the program; undefined when the program is not at fault. */
  readonly fault?: string | undefined;
  /** The error may be temporary: try again. */
  readonly retry: boolean;
}

/** Thrown when a program could not be started. */
export class NotStarted extends Error implements StartFault {
  override readonly name = "NotStarted";
  readonly exitCode: 126 | 127;
  readonly fault: string | undefined;
  readonly retry: boolean;

  constructor(message: string, { exitCode, fault, retry }: StartFault, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
    this.fault = fault;
    this.retry = retry;
  }
}

/** How often, and after which pause, a start that failed with a temporary error is tried again. */
export const START_RETRY = { tries: 20, pauseMs: 100 } as const;

/** ETXTBSY: another process still has the file open for writing. The others: the machine lacks a resource for now. */
const TEMPORARY: readonly string[] = ["ETXTBSY", "ENOMEM", "EAGAIN", "EMFILE", "ENFILE"];

/** What a Linux error such as `ENOENT` means for the program that was to be started. */
export function startFaultOf(errno: string): StartFault {
  if (TEMPORARY.includes(errno)) return { exitCode: 126, retry: true };
  // The arguments are too long. They come from the caller, so the program is not at fault.
  if (errno === "E2BIG") return { exitCode: 126, retry: false };
  const exitCode = errno === "ENOENT" || errno === "ENOTDIR" ? 127 : 126;
  return { exitCode, fault: `the system reported ${errno}`, retry: false };
}
