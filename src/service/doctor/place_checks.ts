/** Checks of directories and files: can the state be written, and by no other user? @module */
import { dirname } from "@std/path/dirname.js";
import { join } from "@std/path/join.js";
import { messageOf } from "../../core/errors.ts";
import { lastGoodPath, statePaths } from "../../core/state/paths.ts";
import { FsError, type Host } from "../../core/ports.ts";
import { shellWord } from "../../core/shell_word.ts";
import { resolveOrSelf } from "../../core/state/state_files.ts";
import { accessAdvice, writableBy, writersOf } from "../../system/fs/access.ts";
import { quotePath } from "../install/systemd/quote.ts";
import { bad, type Check, type Examined, type Finding, good, note, type Runner } from "./check.ts";

/** A file can be created in the data directory. It is tried. */
export const writableCheck: Check = (examined) => {
  const { dataDir } = examined;
  const fault = faultOf(dataDir, examined);
  if (fault === undefined) return good("data dir", `${dataDir} can be written`);
  return fault.advice === undefined
    ? note("data dir", "data-dir-unknown", fault.why)
    : bad("data dir", "data-dir-not-writable", `attempts cannot be counted: ${fault.why}`, fault.advice);
};

/** A file can be created beside the program, as a rollback does. It is tried. */
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

/** Why the service's user cannot create files in a folder, and what to do. Without `advice` it is unknown. */
function faultOf(dir: string, { ports, runner }: Examined): { why: string; advice?: string } | undefined {
  const probe = join(dir, ".boot-doctor.tmp");
  try {
    ports.fs.create(probe, new TextEncoder().encode("doctor\n"));
    ports.fs.remove(probe);
  } catch (error) {
    // This user is denied, but `runner.writes` says what the service's user may do.
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
      return `free space on its file system: df -h ${word}`;
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
  return `${command}   (if user ${name} runs the service; else run doctor as that user, or with --unit)`;
}

/** All state files can be used. */
export const stateFilesCheck: Check = ({ status }) => {
  const findings = status.problems.filter(({ code }) => code.startsWith("state-") || code === "cannot-see");
  if (findings.length === 0) return good("state files", "all can be read");
  return findings.map(({ code, text, advice }) => bad("state files", code, text, advice));
};

/** The lock can be taken. It is tried. */
export const lockCheck: Check = ({ dataDir, ports }) => {
  const lock = ports.lock.acquire(statePaths(dataDir).lock, 0);
  if (lock === "busy") return note("lock", "lock-busy", "another boot-sentinel command holds it now");
  if (lock === "unavailable") {
    return bad(
      "lock",
      "no-lock",
      "it cannot be taken: two commands at the same time could overwrite each other's changes",
      `make the data dir writable; if it is writable, move ${dataDir} to a file system that supports locks`,
    );
  }
  lock.release();
  return good("lock", "it can be taken and released");
};

/**
 * No user can write last-good, the state files or boot-sentinel who cannot write the program: such a user could choose
 * what the service runs.
 */
export const accessCheck: Check = ({ exe, dataDir, self, configFile, configProblems, ports, writersAt, runner }) => {
  const program = resolveOrSelf(ports.fs, exe);
  const writers = writersOf(program, writersAt);
  if (writers === undefined) {
    const why = ports.host.os === "other" ? "not checked on this system" : `not checked: ${program} is missing`;
    return note("access", "access-unknown", `who may write the files is ${why}`);
  }
  const findings: Finding[] = [];
  if (writers.has("everybody")) {
    const place = writableBy(program, "everybody", writersAt);
    const text = `every user can replace ${program}, since every user can write ${place}`;
    findings.push(bad("access", "access-too-wide", text, accessAdvice(place, "everybody", program)));
  }
  // The service's user may write the state even if the program belongs to another user.
  const trusted = new Set([...writers, runner.writer]);
  const seen = new Set<string>();
  // A configuration file that others can write is reported by the check of the configuration.
  const isReported = configProblems.some(({ code }) => code === "config-writable");
  const ours = isReported ? [self] : [self, configFile];
  for (const path of [lastGoodPath(program), dataDir, ...Object.values(statePaths(dataDir)), ...ours]) {
    for (const writer of writersOf(path, writersAt) ?? []) {
      const place = writableBy(path, writer, writersAt);
      if (trusted.has(writer) || seen.has(`${writer} ${place}`)) continue;
      seen.add(`${writer} ${place}`);
      const text = `${writer} can write ${place} and so choose what runs, but cannot write ${program}`;
      findings.push(bad("access", "access-too-wide", text, accessAdvice(place, writer, program)));
    }
  }
  return findings.length > 0 ? findings : good("access", "only users who can write the program can write the state");
};
