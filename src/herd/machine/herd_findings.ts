/** What the doctor says about a service's part in its herd. Pure. @module */
import { bad, type Finding, good, note, unknown } from "../../service/doctor/check.ts";
import type { HerdFile, HerdFileFault } from "./herd_file.ts";
import { shownAge } from "./shown_age.ts";

/** What was seen. */
export interface SeenHerd {
  readonly url: string;
  /** The command that shows the timer's state, and whether it runs; `undefined`: it could not be seen. */
  readonly timer: { readonly isOn: boolean | undefined; readonly show: string };
  /** When the herd last answered, and why it did not since. */
  readonly answer: Pick<HerdFile, "fetchedAt" | "offline" | "fault">;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The options that name the service, such as `--name web`. */
  readonly selector: string;
}

/** An answer is asked for every two minutes. An older one is told. */
const STALE_MS = 15 * 60_000;

/** The findings. */
export function herdFindings({ url, timer, answer, now, selector }: SeenHerd): Finding[] {
  return [timerFinding(timer, url, selector), answerFinding(answer, now, url, selector)];
}

function timerFinding({ isOn, show }: SeenHerd["timer"], url: string, selector: string): Finding {
  if (isOn === true) return good("herd timer", `the herd at ${url} is asked by a timer`);
  if (isOn === undefined) {
    return unknown("herd timer", "herd-timer-unknown", "whether a timer asks the herd could not be seen", show);
  }
  const text = `no timer asks the herd at ${url}: nothing is reported to it, and its refusals do not arrive`;
  return bad("herd timer", "herd-timer-missing", text, `boot-sentinel herd join ${url} ${selector}`);
}

function answerFinding(
  { fetchedAt, offline, fault }: SeenHerd["answer"],
  now: number,
  url: string,
  selector: string,
): Finding {
  const why = offline === undefined ? "" : `: ${offline}`;
  const ask = `boot-sentinel herd sync ${selector} asks it now`;
  if (fault !== undefined) return faultFinding(fault, ask);
  if (fetchedAt === 0) return note("herd answer", "herd-no-answer", `the herd at ${url} never answered${why}; ${ask}`);
  const age = Math.max(0, now - fetchedAt);
  const shown = shownAge(age);
  if (offline === undefined && age <= STALE_MS && fetchedAt <= now) {
    return good("herd answer", `the herd answered ${shown} ago`);
  }
  const when = fetchedAt > now ? "at a time that is still to come, by this machine's clock" : `${shown} ago`;
  return note(
    "herd answer",
    "herd-answer-stale",
    `the herd last answered ${when}${why}; its old answer stands; ${ask}`,
  );
}

/** A file that cannot be used withholds nothing, unless the policy is closed. */
function faultFinding({ path, why, advice, isDenied }: HerdFileFault, ask: string): Finding {
  const [code, text] = ["herd-file-unusable", `the herd's last answer, ${path}, cannot be used: ${why}`];
  if (isDenied) return unknown("herd answer", code, text, advice ?? "");
  if (advice === undefined) return note("herd answer", code, `${text}; the next sync writes it anew; ${ask}`);
  return bad("herd answer", code, `${text}; it is left as it is, and what the herd refuses is not known`, advice);
}
