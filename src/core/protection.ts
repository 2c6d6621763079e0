/** Whether a bad build could be put back now, and what stands against it. @module */
import { checkLastGood, type LastGoodCheck } from "./builds/last_good.ts";
import { lacksPin } from "./builds/release/pin.ts";
import { inspectProgram, type LiveBuild } from "./builds/live.ts";
import { findRestorable, type Restorable } from "./builds/restore.ts";
import type { ReplaceFault } from "./fs_port.ts";
import type { Problem, ProblemCode } from "./problem.ts";
import type { State } from "./state/state.ts";

/** What a rollback would do now. */
export interface Protection {
  /** Last-good, by its size and stamp: it is not read. */
  readonly lastGood: LastGoodCheck;
  /** The build that would be put back; `undefined`: none is good for it. */
  readonly restorable: Restorable | undefined;
  /** Why it could not be put at the program's path. */
  readonly fault: ReplaceFault | undefined;
  readonly problems: readonly Problem<ProblemCode>[];
}

/** Finds out what a rollback would do now. Reads no program. */
export function protectionOf(state: State, live: LiveBuild): Protection {
  const lastGood = checkLastGood(state, "quick");
  const found = findRestorable(state, "quick");
  // As the gate decides: what this machine cannot start does not replace a program that it can start.
  const restorable = found?.startable === true || live.condition !== "startable" ? found : undefined;
  const fault = restorable && state.ports.fs.replaceFault(state.exe, state.subject.dataDir);
  return { lastGood, restorable, fault, problems: [...lastGoodProblems(), ...faultProblems(fault)] };

  function lastGoodProblems(): Problem<ProblemCode>[] {
    const path = state.lastGood;
    const older = restorable === undefined
      ? ""
      : `; the older build ${restorable.snapshot?.version} would be put back instead`;
    switch (lastGood.kind) {
      case "damaged":
      case "unreadable":
        return [unusable(`Last-good ${path} cannot be used: ${lastGood.why}${older}`)];
      case "none": {
        if (state.sentinel === undefined && state.record.lastGood === undefined) return [notProtectedYet(state)];
        const text = `Last-good ${path} is missing${older || ": a bad update cannot be rolled back"}`;
        return [{ code: "last-good-missing", text, advice: "confirm a good build to make one" }];
      }
      case "intact": {
        if (restorable?.path === path) return lacksPin(state) ? [notPinned(path)] : [];
        const { fault = "it cannot be read" } = inspectProgram(state, path, state.exe);
        return [unusable(`Last-good ${path} cannot be started: ${fault}${older}`)];
      }
    }
  }
}

function unusable(text: string): Problem<ProblemCode> {
  return { code: "last-good-unusable", text, advice: "confirm a good build to make a new one" };
}

function notPinned(path: string): Problem<ProblemCode> {
  return {
    code: "last-good-not-pinned",
    text: `Last-good ${path} leads to the release itself, and not to a pinned copy: a clean-up of others can take it`,
    advice: "confirm once a good build runs: it makes the copy",
  };
}

function notProtectedYet({ subject }: State): Problem<ProblemCode> {
  return {
    code: "not-protected-yet",
    text: `${subject.exe} is not protected yet: there is no last-good, the first confirm makes it`,
    advice: "confirm once a good build runs",
  };
}

function faultProblems(fault: ReplaceFault | undefined): Problem<ProblemCode>[] {
  if (fault === undefined) return [];
  const text = `A bad build could not be replaced by last-good: ${fault.why}`;
  return [{ code: "cannot-be-put-back", text, advice: fault.advice }];
}

/** What the next boot does when the program cannot be started, or what to do instead. */
export function nextBootText({ restorable, fault }: Protection): string {
  if (restorable === undefined) return "install a good build: the next boot has nothing to put back";
  if (fault === undefined) return "the next boot puts last-good back";
  return restorable.startable
    ? "the next boot starts last-good from where it lies"
    : "install a good build: the next boot cannot put last-good back";
}
