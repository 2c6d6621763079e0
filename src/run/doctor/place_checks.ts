/** Can the state be kept, and only by those who may? @module */
import { join } from "@std/path/join.js";
import { messageOf } from "../../core/errors.ts";
import { lastGoodPath, statePaths } from "../../core/paths.ts";
import { mendAccess, writableBy, writersOf } from "../../system/access.ts";
import { bad, type Check, type Finding, good, note } from "./check.ts";

/** A file can be written into the data directory: tried. */
export const writableCheck: Check = ({ dataDir, ports }) => {
  const probe = join(dataDir, ".boot-doctor.tmp");
  try {
    ports.fs.create(probe, new TextEncoder().encode("doctor\n"));
    ports.fs.remove(probe);
    return good("data dir", `${dataDir} can be written`);
  } catch (error) {
    const mend = `mkdir -p ${dataDir}, give it to the service's user, and run this as that user`;
    return bad("data dir", `attempts cannot be counted: ${messageOf(error)}`, mend);
  }
};

/** The state files can be used. */
export const stateFilesCheck: Check = ({ status, dataDir }) => {
  const findings = status.problems.filter((problem) => problem.startsWith(`Cannot use ${dataDir}`));
  if (findings.length === 0) return good("state files", "all can be read");
  return findings.map((problem) => {
    const [command] = /(chmod 600|rm) \S+$/.exec(problem) ?? [];
    return bad("state files", problem, command ?? "look into the file; a corrupt one is set aside at the next boot");
  });
};

/** The lock can be taken: tried. */
export const lockCheck: Check = ({ dataDir, ports }) => {
  const lock = ports.lock.acquire(statePaths(dataDir).lock, 0);
  if (lock === "busy") return note("lock", "another boot-sentinel command holds it right now");
  if (lock === "unavailable") {
    return bad(
      "lock",
      "it cannot be taken: two updaters could be in each other's way",
      `make ${dataDir} writable for this user, on a file system that has locks`,
    );
  }
  lock.release();
  return good("lock", "it can be taken and given back");
};

/** Whoever can write last-good, the state or boot-sentinel decides what the service runs. */
export const accessCheck: Check = ({ exe, dataDir, self, ports, writersAt }) => {
  const program = ports.fs.resolve(exe);
  const trusted = writersOf(program, writersAt);
  if (trusted === undefined) return note("access", "who may write the files is not checked on this system");
  const findings: Finding[] = [];
  if (trusted.has("everybody")) {
    const place = writableBy(program, "everybody", writersAt);
    const text = `everybody can replace ${program}, by way of ${place}`;
    findings.push(bad("access", text, mendAccess(place, "everybody", program)));
  }
  const seen = new Set<string>();
  for (const path of [lastGoodPath(program), dataDir, ...Object.values(statePaths(dataDir)), self]) {
    for (const writer of writersOf(path, writersAt) ?? []) {
      const place = writableBy(path, writer, writersAt);
      if (trusted.has(writer) || seen.has(`${writer} ${place}`)) continue;
      seen.add(`${writer} ${place}`);
      const text = `${writer} can write ${place} and so choose what runs, but could not write ${program}`;
      findings.push(bad("access", text, mendAccess(place, writer, program)));
    }
  }
  return findings.length > 0 ? findings : good("access", "nobody can write the state who could not write the program");
};
