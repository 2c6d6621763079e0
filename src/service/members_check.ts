/** Can the files that go with the builds be kept and put back? @module */
import { memberFlaw } from "../core/builds/members/member_fault.ts";
import { subjectOf } from "../core/sentinel_options.ts";
import { State } from "../core/state/state.ts";
import { bad, type ExaminedPlace, type ExaminedState, type Finding, good } from "./doctor/check.ts";

/** Each is a regular file, or none yet, in a folder where the gate may replace it. */
export function memberPlacesCheck({ target, machine: { ports } }: ExaminedPlace): Finding[] {
  const { exe, dataDir, members = [] } = target;
  const state = new State(ports, subjectOf({ exe, dataDir, members }));
  return (state.subject.members ?? []).flatMap((path) => {
    const fault = memberFlaw(state, path);
    if (fault === undefined) return [];
    const text = `${path} (--with) ${fault.what}: ${fault.why}`;
    return [bad("members", "member-unusable", text, fault.advice)];
  });
}

/** Last-good's copies of them are intact (all bytes are read), and systemd knows of those that are unit files. */
export function membersCheck({ status: { members = [], problems } }: ExaminedState): Finding[] {
  const about = problems.filter(({ code }) => /^(members?|reload)-/.test(code));
  if (about.length > 0) {
    // Why one cannot be used is said by the check of places.
    const others = about.filter(({ code }) => code !== "member-unusable");
    return others.map(({ code, text, advice }) => bad("members", code, text, advice));
  }
  const kept = members.filter((member) => member.kept).length;
  return kept === 0 ? [] : [good("members", `${kept} of ${members.length} can be put back with last-good`)];
}
