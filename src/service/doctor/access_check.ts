/** Who may choose what the service runs? @module */
import { shellWord } from "../../core/shell_word.ts";
import { statePaths } from "../../core/state/paths.ts";
import { accessAdvice, writableBy, writersOf } from "../../system/fs/access.ts";
import { againAsRoot, bad, type ExaminedPlace, type Finding, good, note, unknown } from "./check.ts";

/**
 * No user can write last-good, the state files or boot-sentinel who cannot write the program: such a user could choose
 * what the service runs. What root runs, root alone can write.
 */
export function accessCheck(examined: ExaminedPlace): Finding | Finding[] {
  const { target, machine, program, lastGood, runner, configFile, configProblems, serviceWriter } = examined;
  const { dataDir, self } = target;
  const { ports, writersAt } = machine;
  const writers = writersOf(program, writersAt);
  if (writers === undefined) {
    if (ports.host.os === "other") {
      return note("access", "access-unknown", "who may write the files is not checked on this system");
    }
    const isMissing = machine.facts.fileFacts(program) === undefined && machine.user.uid === 0;
    const text = `who may write the files is not checked: ${program} is missing`;
    if (isMissing) return note("access", "access-unknown", text);
    return unknown("access", "access-unknown", `${text}, or may not be seen`, againAsRoot(target, machine));
  }
  const findings: Finding[] = [];
  if (writers.has("everybody")) {
    const place = writableBy(program, "everybody", writersAt);
    const text = `every user can replace ${program}, since every user can write ${place}`;
    findings.push(bad("access", "access-too-wide", text, accessAdvice(place, "everybody", program)));
  }
  if (runner.isFree === true) findings.push(...gateFindings(examined));
  // The service's user may write the state even if the program belongs to another user.
  const trusted = new Set([...writers, runner.writer]);
  const seen = new Set<string>();
  // A configuration file that others can write is reported by the check of the configuration.
  const isReported = configProblems.some(({ code }) => code === "config-writable");
  const ours = [
    ...(runner.isFree === true ? [] : [self]),
    ...(isReported || configFile === undefined ? [] : [configFile]),
  ];
  for (const path of [lastGood, dataDir, ...Object.values(statePaths(dataDir)), ...ours]) {
    for (const writer of writersOf(path, writersAt) ?? []) {
      const place = writableBy(path, writer, writersAt);
      if (trusted.has(writer) || seen.has(`${writer} ${place}`)) continue;
      seen.add(`${writer} ${place}`);
      const text = `${writer} can write ${place} and so choose what runs, but cannot write ${program}`;
      findings.push(bad("access", "access-too-wide", text, accessAdvice(place, writer, program)));
    }
  }
  if (findings.length > 0) return findings;
  if (runner.isFree === true && serviceWriter !== undefined && writers.has(serviceWriter)) {
    const text =
      `${serviceWriter}, who runs the service, can write ${program} itself: whoever breaks into the service can ` +
      `replace it; the gate does not need that: chown root:root ${shellWord(program)}`;
    return note("access", "service-owns-program", text);
  }
  return good("access", "only users who can write the program can write the state");
}

/** The gate's own executable, which root runs at each start of the service. */
function gateFindings({ target: { self }, machine: { writersAt } }: ExaminedPlace): Finding[] {
  return [...writersOf(self, writersAt) ?? []].map((writer) => {
    const place = writableBy(self, writer, writersAt);
    const word = shellWord(place);
    const advice = writer.startsWith("user ")
      ? `chown root:root ${word}`
      : `chmod ${writer === "everybody" ? "o-w" : "g-w"} ${word}`;
    const text = `${writer} can write ${place}, and so choose what root runs at each start of the service`;
    return bad("access", "gate-writable", text, advice);
  });
}
