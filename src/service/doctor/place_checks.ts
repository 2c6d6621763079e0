/** Checks of folders: can the gate write a program and the state there? @module */
import { dataCheck } from "../data_check.ts";
import { memberPlacesCheck } from "../members_check.ts";
import { dirname } from "@std/path/dirname.js";
import { join } from "@std/path/join.js";
import { messageOf } from "../../core/errors.ts";
import { FsError } from "../../core/ports.ts";
import { shellWord } from "../../core/shell_word.ts";
import { statePaths } from "../../core/state/paths.ts";
import { guardHint, interpreterOf } from "../interpreters.ts";
import { againAsRoot, bad, type Check, type ExaminedPlace, type Finding, good, note, unknown } from "./check.ts";
import { replaceCheck } from "./replace_check.ts";
import { accessCheck } from "./access_check.ts";

/** The checks, by the name under which a check that cannot be carried out is reported. */
export const PLACE_CHECKS: Readonly<Record<string, Check<ExaminedPlace>>> = {
  "guarded file": guardedCheck,
  "program dir": programFolderCheck,
  "replacing": replaceCheck,
  "room": roomCheck,
  "data dir": dataFolderCheck,
  "data": dataCheck,
  "members": memberPlacesCheck,
};

/** The checks that matter less, or whose faults other checks explain better. */
export const ACCESS_CHECKS: Readonly<Record<string, Check<ExaminedPlace>>> = {
  "lock": lockCheck,
  "access": accessCheck,
  "clock": clockCheck,
};

/** What is guarded is the service's own, not an interpreter that other programs of the machine use, too. */
function guardedCheck({ target, program, command, machine: { facts } }: ExaminedPlace): Finding {
  const name = target.isStarted ? interpreterOf(target.exe) ?? interpreterOf(program) : undefined;
  if (name === undefined) return good("guarded file", target.exe);
  const text =
    `${target.exe} is ${name}, which only runs another program: an update of that one is never noticed, and ` +
    `a rollback would put back ${name} itself`;
  const hint = guardHint(command ?? [], (path) => path.startsWith("/") && facts.fileFacts(path) !== undefined);
  const guard = `--guard ${hint === undefined ? "PATH" : shellWord(hint)}`;
  const advice = target.unit === undefined
    ? `name what is updated, the script or the program: ${guard}`
    : `boot-sentinel service install --drop-in ${shellWord(target.unit.name)} ${guard}`;
  return bad("guarded file", "guards-interpreter", text, advice);
}

/** A file can be created beside the program, as a rollback does. It is tried. */
export function programFolderCheck(examined: ExaminedPlace): Finding {
  const { program, runner: { name } } = examined;
  const dir = dirname(program);
  const fault = faultOf(dir, examined);
  if (fault === undefined) return good("program dir", `user ${name} can put a program back in ${dir}`);
  const { why, kind } = fault;
  if (kind === undefined) return unknown("program dir", "program-dir-unknown", why, againAs(examined));
  const text = `user ${name} cannot put a program back, so there is no rollback: ${why}`;
  return bad("program dir", "program-dir-not-writable", text, programAdvice(kind, dir, examined));
}

/** A file can be created in the data directory. It is tried. */
export function dataFolderCheck(examined: ExaminedPlace): Finding {
  const { target: { dataDir, isInstalled }, machine: { ports } } = examined;
  const fault = faultOf(dataDir, examined);
  if (fault === undefined) return good("data dir", `${dataDir} can be written`);
  if (fault.kind === undefined) return unknown("data dir", "data-dir-unknown", fault.why, againAs(examined));
  if (fault.kind === "notFound" && !isInstalled) return good("data dir", `${dataDir} is made at the installation`);
  const advice = folderAdvice(fault.kind, dataDir, examined) ?? stateFolderAdvice(dataDir, examined);
  const make = fault.kind === "notFound" ? `mkdir -p ${shellWord(dataDir, ports.host.os)} && ${advice}` : advice;
  return bad("data dir", "data-dir-not-writable", `attempts cannot be counted: ${fault.why}`, make);
}

/** Why the gate's user cannot create files in a folder. Without `kind` it is unknown. */
interface FolderFault {
  readonly why: string;
  readonly kind?: FsError["code"];
}

function faultOf(dir: string, { machine, runner }: ExaminedPlace): FolderFault | undefined {
  // Without a list of what the gate's user may write, it is the user of this process, or root like this one.
  if (runner.writes === undefined || machine.user.uid === 0) {
    const fault = tryToCreate(dir, machine);
    if (fault?.kind === "denied" && runner.isGuessed === true) return { why: fault.why };
    if (fault !== undefined && !(fault.kind === "denied" && runner.writes !== undefined)) return fault;
  }
  const writes = runner.writes?.get(dir) ?? true;
  if (writes === true) return undefined;
  if (writes !== false) return { why: writes };
  return { why: `${dir} is not writable for user ${runner.name}`, kind: "denied" };
}

function tryToCreate(dir: string, { ports: { fs } }: ExaminedPlace["machine"]): FolderFault | undefined {
  const path = join(dir, ".boot-doctor.tmp");
  try {
    fs.create(path, new TextEncoder().encode("doctor\n"));
    fs.remove(path);
    return undefined;
  } catch (error) {
    return { why: messageOf(error), kind: error instanceof FsError ? error.code : "other" };
  }
}

function folderAdvice(kind: FsError["code"], dir: string, { machine }: ExaminedPlace): string | undefined {
  const word = shellWord(dir, machine.ports.host.os);
  if (kind === "noSpace") return `free space on its file system: df -h ${word}`;
  if (kind === "readOnly") return `mount -o remount,rw "$(findmnt -no TARGET -T ${word})"`;
  return undefined;
}

/**
 * The program's folder is not given to the service: whoever breaks into it could replace the program for good. Root's
 * gate puts a build back, whoever runs the service.
 */
function programAdvice(kind: FsError["code"], dir: string, examined: ExaminedPlace): string {
  const { target, runner, machine: { ports } } = examined;
  const known = folderAdvice(kind, dir, examined);
  if (known !== undefined) return known;
  if (kind === "notFound") return `mkdir -p ${shellWord(dir, ports.host.os)}`;
  if (ports.host.os === "windows") {
    return `icacls ${
      shellWord(dir, "windows")
    } /grant "${runner.name}:(OI)(CI)M"   (if ${runner.name} runs the service)`;
  }
  if (target.unit?.isUsers === true) {
    return `move the program to a folder of the user: --exe "$HOME/.local/lib/${target.unit.name}/PROGRAM"`;
  }
  if (target.unit !== undefined) {
    return `boot-sentinel service install --drop-in ${shellWord(target.unit.name)}   ` +
      `(root's gate puts builds back, beside the service; ${dir} need not be ${runner.name}'s)`;
  }
  const exe = shellWord(target.exe);
  const user = shellWord(runner.name);
  return `as root: boot-sentinel run --guard ${exe} -- setpriv --reuid ${user} --regid ${user} --init-groups ${exe} …   ` +
    `(root's gate puts builds back, and gives ${user}'s rights to the service; or run doctor with --unit)`;
}

function stateFolderAdvice(dir: string, examined: ExaminedPlace): string {
  const { runner: { name }, machine: { ports }, target, program } = examined;
  const { os } = ports.host;
  // The program lies there as well.
  if (dir === dirname(program) || dir === dirname(target.exe)) return programAdvice("denied", dir, examined);
  const word = shellWord(dir, os);
  const command = os === "windows" ? `icacls ${word} /grant "${name}:(OI)(CI)M"` : `chown ${name} ${word}`;
  if (target.unit !== undefined) return command;
  return `${command}   (if user ${name} runs the service; else run doctor as that user, or with --unit)`;
}

function againAs({ target, machine }: ExaminedPlace): string {
  return againAsRoot(target, machine);
}

/** There is room for one more copy of the program, which an update and a rollback write. */
function roomCheck({ machine: { facts }, program, target: { dataDir, isInstalled } }: ExaminedPlace): Finding[] {
  const findings: Finding[] = [];
  const size = facts.fileFacts(program)?.size ?? 0;
  for (const [dir, least] of [[dirname(program), size], [dataDir, 64 * 1024]] as const) {
    const room = facts.diskRoom(dir);
    if (room === undefined) {
      if (dir === dataDir && !isInstalled) continue; // not made yet
      findings.push(note("room", "room-unknown", `how much room is left at ${dir} cannot be found out`));
      continue;
    }
    const word = shellWord(dir);
    if (room.bytes < least) {
      const text =
        `${dir} has room for ${room.bytes} bytes, and one more copy of the program needs ${least}: neither an ` +
        "update nor a rollback can be written";
      findings.push(bad("room", "no-space", text, `free space on its file system: df -h ${word}`));
    }
    if (room.inodes !== undefined && room.inodes < 16) {
      const text = `${dir} has ${room.inodes} inodes left: no new file can be made there`;
      findings.push(bad("room", "no-inodes", text, `remove small files from its file system: df -i ${word}`));
    }
  }
  return findings.length > 0 ? findings : [good("room", "there is room for one more copy of the program")];
}

/** The lock can be taken. It is tried. */
function lockCheck(examined: ExaminedPlace): Finding {
  const { target: { dataDir, isInstalled }, machine: { ports, user }, runner } = examined;
  if (!isInstalled) return good("lock", "not taken before the installation");
  const lock = ports.lock.acquire(statePaths(dataDir).lock, 0);
  if (lock === "busy") return note("lock", "lock-busy", "another boot-sentinel command holds it now");
  if (lock !== "unavailable") {
    lock.release();
    return good("lock", "it can be taken and released");
  }
  if ((runner.writes !== undefined || runner.isGuessed === true) && user.uid !== 0) {
    return unknown("lock", "lock-unseen", `${user.name} cannot take it; the gate may`, againAs(examined));
  }
  return bad(
    "lock",
    "no-lock",
    "it cannot be taken: two commands at the same time could overwrite each other's changes",
    `make the data dir writable; if it is writable, move ${dataDir} to a file system that supports locks`,
  );
}

/** A day: time zones and summer time are no reason to doubt a clock. */
const CLOCK_TOLERANCE_MS = 86_400_000;

/** The clock is not far off, and the file system keeps fractions of a second. Boots are counted without either. */
function clockCheck({ machine: { facts, ports }, program }: ExaminedPlace): Finding[] {
  const [file, folder] = [facts.fileFacts(program), facts.fileFacts(dirname(program))];
  const findings: Finding[] = [];
  if (file !== undefined && Number(file.times[1] / 1_000_000n) > ports.clock.now() + CLOCK_TOLERANCE_MS) {
    const now = new Date(ports.clock.now()).toISOString();
    const text =
      `the clock says ${now}, before ${program} was written: times in the history are wrong, and certificates ` +
      "may not be valid; timedatectl set-ntp true";
    findings.push(note("clock", "clock-wrong", text));
  }
  // Of both, since Deno rounds the first of each.
  const times = [file, folder].flatMap((facts) => facts?.times ?? []);
  if (times.length === 4 && times.every((time) => time % 1_000_000_000n === 0n)) {
    const text =
      `the file system of ${program} keeps whole seconds: a program that is replaced within a second of the ` +
      "last reading is read again, and starts a little later";
    findings.push(note("clock", "whole-second-times", text));
  }
  return findings.length > 0 ? findings : [good("clock", "clock and file times agree")];
}
