/** What the doctor's checks are given and what they find. @module */
import type { SentinelEvent } from "../../core/state/history.ts";
import type { Problem } from "../../core/problem.ts";
import type { Ports } from "../../core/ports.ts";
import type { Status } from "../../core/status.ts";
import type { WritersAt } from "../../system/fs/access.ts";

/** What one check found. */
export interface Finding {
  /** What was looked at, in one or two words. */
  readonly check: string;
  /** What was found: `ok`, or what is wrong or worth knowing. The same in every version. */
  readonly code: string;
  /** `note`: nothing is wrong, but there is something to know. */
  readonly verdict: "good" | "bad" | "note";
  readonly text: string;
  /** What to do about it: where it can be, a command to paste. */
  readonly advice?: string;
}

/** Who runs the service. */
export interface Runner {
  readonly name: string;
  /** The same, as `writersAt` names users. */
  readonly writer: string;
  /**
   * By folder, whether this user can make files in it; a sentence where that cannot be told. Missing when it is this
   * process's user, who can try.
   */
  readonly writes?: ReadonlyMap<string, boolean | string>;
}

/** What the checks may look at. */
export interface Examined {
  readonly exe: string;
  readonly dataDir: string;
  readonly runner: Runner;
  /** This executable. */
  readonly self: string;
  /** The whole command, for a shell, of one about this program. */
  readonly commandFor: (words: string) => string;
  readonly status: Status;
  readonly history: readonly SentinelEvent[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ports: Ports;
  readonly writersAt: WritersAt;
  /** Why foreign functions cannot be called; undefined when they can. */
  readonly ffiFault: () => string | undefined;
  /** The configuration file, which need not be there. */
  readonly configFile: string;
  /** What is wrong in the environment or the configuration file. */
  readonly configProblems: readonly Problem[];
}

/** One check. It throws nothing that it can say itself. */
export type Check = (examined: Examined) => Finding | readonly Finding[];

/** All is well. */
export function good(check: string, text: string): Finding {
  return { check, code: "ok", verdict: "good", text };
}

/** Protection is off, or can be taken off. */
export function bad(check: string, code: string, text: string, advice: string): Finding {
  return { check, code, verdict: "bad", text, advice };
}

/** Something to know. */
export function note(check: string, code: string, text: string): Finding {
  return { check, code, verdict: "note", text };
}
