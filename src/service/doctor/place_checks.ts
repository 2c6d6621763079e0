/** Can the state be kept, and only by those who may? @module */
import { dirname } from "@std/path/dirname.js";
import { join } from "@std/path/join.js";
import { messageOf } from "../../core/errors.ts";
import { lastGoodPath, statePaths } from "../../core/state/paths.ts";
import { FsError, type Host } from "../../core/ports.ts";
import { shellWord } from "../../core/shell_word.ts";
import { resolveOrSelf } from "../../core/state/state_files.ts";
import { accessAdvice, writableBy, writersOf } from "../../system/fs/access.ts";
import { quotePath } from "../install/systemd/quote.ts";
import { looseModeAt } from "./machine_checks.ts";
import { bad, type Check, type Examined, type Finding, good, note, type Runner } from "./check.ts";

/** A file can be written into the data directory: tried. */
export const writableCheck: Check = (examined) => {
  const { dataDir } = examined;
  const fault = faultOf(dataDir, examined);
  if (fault === undefined) return good("data dir", `${dataDir} can be written`);
  return fault.advice === undefined
    ? note("data dir", "data-dir-unknown", fault.why)
    : bad("data dir", "data-dir-not-writable", `attempts cannot be counted: ${fault.why}`, fault.advice);
};

/** A file can be written beside the program: tried. There last-good is put in its place. */
export const programFolderCheck: Check = (examined) => {
  const { exe, ports, runner: { name } } = examined;
  const dir = dirname(resolveOrSelf(ports.fs, exe));
  const fault = faultOf(dir, examined);
  if (fault === undefined) return good("program dir", `user ${name} can put a program back in ${dir}`);
  if (fault.advice === undefined) return note("program dir", "program-dir-unknown", fault.why);
  return bad(
    "program dir",
    "program-dir-not-writable",
    `user ${name} cannot put a program back, so there is no rollback: ${fault.why}`,
    fault.advice,
  );
};

/** Why the service's user cannot make files in a folder, and what helps; without `advice` it cannot be told. */
function faultOf(dir: string, { ports, runner }: Examined): { why: string; advice?: string } | undefined {
  const probe = join(dir, ".boot-doctor.tmp");
  try {
    ports.fs.create(probe, new TextEncoder().encode("doctor\n"));
    ports.fs.remove(probe);
  } catch (error) {
    // What this user may not, the service's user may.
    const denied = error instanceof FsError && error.code === "denied";
    if (!denied || runner.writes === undefined) {
      return { why: messageOf(error), advice: folderAdvice(error, dir, runner, ports.host.os) };
    }
  }
  const writes = runner.writes?.get(dir) ?? true;
  if (writes === true) return undefined;
  if (writes !== false) return { why: writes };
  return { why: `${dir} is not writable for user ${runner.name}`, advice: giveFolder(dir, runner, ports.host.os) };
}

function folderAdvice(error: unknown, dir: string, runner: Runner, os: Host["os"]): string {
  const word = shellWord(dir, os);
  switch (error instanceof FsError ? error.code : "other") {
    case "noSpace":
      return `make room on its file system: df -h ${word}`;
    case "readOnly":
      return `mount -o remount,rw "$(findmnt -no TARGET -T ${word})"   (in a unit: ReadWritePaths=${quotePath(dir)})`;
    case "notFound":
      return `mkdir -p ${word} && ${giveFolder(dir, runner, os)}`;
    default:
      return giveFolder(dir, runner, os);
  }
}

function giveFolder(dir: string, { name }: Runner, os: Host["os"]): string {
  const word = shellWord(dir, os);
  const command = os === "windows" ? `icacls ${word} /grant "${name}:(OI)(CI)M"` : `chown ${name} ${word}`;
  return `${command}   (if user ${name} runs the service; else run this as the user who does, or with --unit)`;
}

/** The state files can be used. */
export const stateFilesCheck: Check = ({ status }) => {
  const findings = status.problems.filter(({ code }) => code.startsWith("state-"));
  if (findings.length === 0) return good("state files", "all can be read");
  return findings.map(({ code, text, advice }) => bad("state files", code, text, advice));
};

/** The lock can be taken: tried. */
export const lockCheck: Check = ({ dataDir, ports }) => {
  const lock = ports.lock.acquire(statePaths(dataDir).lock, 0);
  if (lock === "busy") return note("lock", "lock-busy", "another boot-sentinel command holds it right now");
  if (lock === "unavailable") {
    return bad(
      "lock",
      "no-lock",
      "it cannot be taken: two updaters could be in each other's way",
      `make the data dir writable; if that can be written, move ${dataDir} to a file system that has locks`,
    );
  }
  lock.release();
  return good("lock", "it can be taken and given back");
};

/** Whoever can write last-good, the state or boot-sentinel decides what the service runs. */
export const accessCheck: Check = ({ exe, dataDir, self, configFile, ports, writersAt, runner }) => {
  const program = resolveOrSelf(ports.fs, exe);
  const writers = writersOf(program, writersAt);
  if (writers === undefined) {
    const why = ports.host.os === "other" ? "not checked on this system" : `not checked: ${program} is missing`;
    return note("access", "access-unknown", `who may write the files is ${why}`);
  }
  const findings: Finding[] = [];
  if (writers.has("everybody")) {
    const place = writableBy(program, "everybody", writersAt);
    const text = `everybody can replace ${program}, by way of ${place}`;
    findings.push(bad("access", "access-too-wide", text, accessAdvice(place, "everybody", program)));
  }
  // The service's user runs the program, whoever may write it.
  const trusted = new Set([...writers, runner.writer]);
  const seen = new Set<string>();
  const others = looseModeAt(ports.fs, configFile) === undefined ? [self, configFile] : [self]; // said already
  for (const path of [lastGoodPath(program), dataDir, ...Object.values(statePaths(dataDir)), ...others]) {
    for (const writer of writersOf(path, writersAt) ?? []) {
      const place = writableBy(path, writer, writersAt);
      if (trusted.has(writer) || seen.has(`${writer} ${place}`)) continue;
      seen.add(`${writer} ${place}`);
      const text = `${writer} can write ${place} and so choose what runs, but could not write ${program}`;
      findings.push(bad("access", "access-too-wide", text, accessAdvice(place, writer, program)));
    }
  }
  return findings.length > 0 ? findings : good("access", "nobody can write the state who could not write the program");
};
