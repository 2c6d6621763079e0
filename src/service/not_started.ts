/** A program that could not be started, and whose fault that is: one rule for every way to start one. @module */

/** What a failed start says. */
export interface StartFault {
  /** As a shell has it: 127 when there is no such program, else 126. */
  readonly exitCode: 126 | 127;
  /** Why the program is at fault; undefined when the failure says nothing about it. */
  readonly fault?: string | undefined;
  /** It may work in a moment. */
  readonly retry: boolean;
}

/** A program that could not be started. */
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

/** How often a start that may work in a moment is tried again, and after how long. */
export const START_RETRY = { tries: 20, pauseMs: 100 } as const;

/** Somebody still writes the file, or the machine lacks something for the moment. */
const PASSING: readonly string[] = ["ETXTBSY", "ENOMEM", "EAGAIN", "EMFILE", "ENFILE"];

/** What an error of Linux (`ENOENT`) says of the program that it was about to start. */
export function startFaultOf(errno: string): StartFault {
  if (PASSING.includes(errno)) return { exitCode: 126, retry: true };
  // The arguments are the caller's.
  if (errno === "E2BIG") return { exitCode: 126, retry: false };
  const exitCode = errno === "ENOENT" || errno === "ENOTDIR" ? 127 : 126;
  return { exitCode, fault: `the system answered ${errno}`, retry: false };
}
