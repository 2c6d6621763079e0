/** The input and the results of the doctor's checks. @module */
import type { SentinelEvent } from "../../core/state/history.ts";
import type { Problem } from "../../core/problem.ts";
import type { Ports } from "../../core/ports.ts";
import type { Status } from "../../core/status.ts";
import type { WritersAt } from "../../system/fs/access.ts";

/** The result of a check. */
export interface Finding {
  /** What was checked, in one or two words. */
  readonly check: string;
  /** The kind of result: `ok`, or what is wrong or notable. The codes stay the same from version to version. */
  readonly code: string;
  /** `note`: nothing is wrong, but the operator should know it. */
  readonly verdict: "good" | "bad" | "note";
  readonly text: string;
  /** What to do about it; where possible, a command to paste. */
  readonly advice?: string;
}

/** The user who runs the service. */
export interface Runner {
  readonly name: string;
  /** The same user, as `writersAt` names it. */
  readonly writer: string;
  /**
   * By folder, whether this user can create files in it, or a sentence that says why that is unknown. Not set when it
   * is the user of this process: then it is tried.
   */
  readonly writes?: ReadonlyMap<string, boolean | string>;
}

/** The input of the checks. */
export interface Examined {
  readonly exe: string;
  readonly dataDir: string;
  readonly runner: Runner;
  /** The path of the boot-sentinel executable. */
  readonly self: string;
  /** A complete boot-sentinel command for a shell, with the options that name this program. */
  readonly commandFor: (command: string) => string;
  readonly status: Status;
  readonly history: readonly SentinelEvent[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ports: Ports;
  readonly writersAt: WritersAt;
  /** Why foreign functions cannot be called; `undefined` when they can. */
  readonly ffiFault: () => string | undefined;
  /** The path of the configuration file, which need not exist. */
  readonly configFile: string;
  /** The problems of the settings in the environment and the configuration file. */
  readonly configProblems: readonly Problem[];
}

/** A check. It may throw only if it cannot be carried out. */
export type Check = (examined: Examined) => Finding | readonly Finding[];

/** The result of a check that passed. */
export function good(check: string, text: string): Finding {
  return { check, code: "ok", verdict: "good", text };
}

/** The service is not protected, or another user could remove the protection. */
export function bad(check: string, code: string, text: string, advice: string): Finding {
  return { check, code, verdict: "bad", text, advice };
}

/** Nothing is wrong, but the operator should know it. */
export function note(check: string, code: string, text: string): Finding {
  return { check, code, verdict: "note", text };
}
