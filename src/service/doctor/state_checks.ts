/** Checks of the state: the live build, last-good, older builds, the quarantine and the gate's own traces. @module */
import { membersCheck } from "../members_check.ts";
import { shellWord } from "../../core/shell_word.ts";
import type { KeptBuild } from "../../core/status.ts";
import { type Fs, FsError } from "../../core/ports.ts";
import { showProblem } from "../../core/problem.ts";
import { exists } from "../../core/state/state_files.ts";
import {
  againAsRoot,
  bad,
  type Check,
  commandFor,
  type ExaminedState,
  type Finding,
  good,
  note,
  runCommand,
  unknown,
} from "./check.ts";

/** The checks, by the name under which a check that cannot be carried out is reported. */
export const STATE_CHECKS: Readonly<Record<string, Check<ExaminedState>>> = {
  "program": programCheck,
  "state files": stateFilesCheck,
  "last-good": lastGoodCheck,
  "older builds": generationsCheck,
  "members": membersCheck,
  "gate": gateCheck,
  "quarantine": quarantineCheck,
};

/** The program can be started. */
function programCheck(examined: ExaminedState): Finding {
  const { target: { exe, isStarted }, status, machine: { ports }, program } = examined;
  const what = isStarted ? "can be started" : "is there, for the program that reads it";
  const loop = status.problems.find(({ code }) => code === "crash-looping");
  if (loop !== undefined) return note("program", loop.code, showProblem(loop));
  if (status.live.startable) {
    return changedInside(examined) ?? good("program", `${exe} (${status.live.version}) ${what}`);
  }
  const problem = status.problems.find(({ code }) => code === "program-unstartable");
  const lacksMode = status.live.digest !== "" && isStarted && !ports.fs.executable(program);
  const text = problem?.text ?? `${exe} cannot be started`;
  return bad(
    "program",
    "program-unstartable",
    text,
    lacksMode ? `chmod +x ${shellWord(program, ports.host.os)}` : installGood(examined),
  );
}

/** A boot recognises a release by its directory; here all of it is read. One that is last-good is read as that. */
function changedInside({ target: { exe }, status, machine: { ports: { fs } }, program }: ExaminedState) {
  const { live, lastGood } = status;
  if (fs.info(program).shallow !== true || live.release === lastGood?.release) return undefined;
  if (live.digest === "" || fs.digest(program) === live.digest) return undefined;
  const text = `something in the release that ${exe} leads to was changed since it was first started: it is not what ` +
    "a confirm would take; put it back as it was, or swap in another one";
  return note("program", "program-changed", text);
}

/** The command that replaces the live build by a good one. */
function installGood({ status: { live, lastGood, generations }, target, machine, program }: ExaminedState): string {
  if (isDirectory(machine.ports.fs, program)) return `boot-sentinel adopt ${shellWord(program, machine.ports.host.os)}`;
  if (lastGood !== null && lastGood.digest !== live.digest) return commandFor(target, "rollback");
  const older = generations.find(({ digest }) => digest !== live.digest);
  if (older === undefined) return `${commandFor(target, "swap FILE --to VERSION")}   (FILE: a good build)`;
  return commandFor(target, `rollback --to ${shellWord(older.version, machine.ports.host.os)}`);
}

function isDirectory(fs: Fs, path: string): boolean {
  return exists(fs, path) && fs.info(path).kind === "directory";
}

/** All state files can be used. */
function stateFilesCheck({ status, target, machine, unreadable }: ExaminedState): Finding | Finding[] {
  if (unreadable.length > 0) {
    const text = `${machine.user.name} may not read ${unreadable.join(", ")}: what is counted and kept cannot be seen`;
    return unknown("state files", "state-unseen", text, againAsRoot(target, machine));
  }
  const findings = status.problems.filter(({ code }) => code.startsWith("state-"));
  if (findings.length === 0) return good("state files", "all can be read");
  return findings.map(({ code, text, advice }) => bad("state files", code, text, advice));
}

/** Last-good exists, has its recorded sha256 (all bytes are read) and can be started. */
function lastGoodCheck(examined: ExaminedState): Finding {
  const { target, status, machine, lastGood: path, unreadable } = examined;
  const { ports } = machine;
  const confirm = `${commandFor(target, "confirm")}   (while a good build runs)`;
  const unseen = (why: string) => unknown("last-good", "last-good-unseen", why, againAsRoot(target, machine));
  if (unreadable.length > 0) return unseen(`the record of ${path} cannot be read: whether it is intact is not known`);
  const { lastGood } = status;
  if (lastGood === null) {
    const fault = readFault(examined, path);
    if (fault === "denied") {
      return unseen(`${machine.user.name} may not read ${path}: whether it is intact is not known`);
    }
    const problem = status.problems.find(({ code }) => code.startsWith("last-good-") || code === "not-protected-yet");
    return bad(
      "last-good",
      problem?.code ?? "last-good-missing",
      problem?.text ?? "there is none: a bad update cannot be rolled back",
      status.state === "degraded" || !status.live.startable ? installGood(examined) : confirm,
    );
  }
  if (lastGood.digest === "") {
    return note("last-good", "last-good-unrecorded", `${path} is kept, without a record of its digest`);
  }
  if (readFault(examined, path) === "denied") {
    return unseen(`${machine.user.name} may not read ${path}: whether it is intact is not known`);
  }
  const digest = ports.fs.digest(path);
  if (digest !== lastGood.digest) {
    return bad(
      "last-good",
      "last-good-unusable",
      `${path} is damaged: its sha256 is ${digest}, not ${lastGood.digest}`,
      confirm,
    );
  }
  const unpinned = status.problems.find(({ code }) => code === "last-good-not-pinned");
  if (unpinned !== undefined) {
    return bad(
      "last-good",
      unpinned.code,
      unpinned.text,
      `${commandFor(target, "confirm")} --pin   (while a good build runs)`,
    );
  }
  if (target.isStarted && !ports.fs.executable(path)) {
    return bad(
      "last-good",
      "last-good-unstartable",
      `${path} is intact but not executable`,
      `chmod +x ${shellWord(path, ports.host.os)}`,
    );
  }
  return good("last-good", `${lastGood.version} is kept, intact and startable (${whatIsRead(lastGood)} read)`);
}

function whatIsRead({ release, size }: KeptBuild): string {
  return release === undefined ? `${size} bytes` : `all of ${release}`;
}

function readFault({ machine: { ports } }: ExaminedState, path: string): FsError["code"] | undefined {
  try {
    ports.fs.read(path, 1);
    return undefined;
  } catch (error) {
    if (error instanceof FsError) return error.code;
    throw error;
  }
}

/** Older builds have their recorded sha256 (all bytes are read): a restore takes one when last-good is damaged. */
function generationsCheck(examined: ExaminedState): Finding | Finding[] {
  const { status, machine: { ports }, generations } = examined;
  const damaged = status.generations.flatMap(({ version, digest }): Finding[] => {
    const path = generations.get(digest);
    if (path === undefined) return [];
    if (readFault(examined, path) === "denied") {
      return [note("older builds", "generation-unseen", `${path}, the older build ${version}, may not be read`)];
    }
    if (ports.fs.digest(path) === digest) return [];
    const text = `${path}, the older build ${version}, is damaged: it cannot take the place of last-good`;
    return [bad("older builds", "generation-damaged", text, `rm ${shellWord(path, ports.host.os)}`)];
  });
  if (damaged.length > 0) return damaged;
  const count = status.generations.length;
  return good("older builds", count === 0 ? "none is kept" : `${count} kept, intact`);
}

/** No quarantined build is live or last-good. */
function quarantineCheck(examined: ExaminedState): Finding {
  const { status, target, machine: { ports }, unreadable } = examined;
  const { live, quarantined, lastGood } = status;
  if (unreadable.length > 0) return note("quarantine", "quarantine-unseen", "it may not be read");
  const entry = quarantined.find((entry) => entry.digest !== undefined && entry.digest === live.digest);
  if (entry !== undefined) {
    const clear = commandFor(target, `quarantine clear ${shellWord(entry.version, ports.host.os)}`);
    const advice = live.digest === lastGood?.digest
      ? clear
      : `${installGood(examined)}   or, if it is good after all: ${clear}`;
    const text = `the live build is quarantined as ${entry.version} (${entry.reason})`;
    return bad("quarantine", "live-quarantined", text, advice);
  }
  if (quarantined.some((entry) => entry.digest !== undefined && entry.digest === lastGood?.digest)) {
    return bad(
      "quarantine",
      "last-good-quarantined",
      "last-good is quarantined: a rollback would put a quarantined build back",
      commandFor(target, "quarantine list"),
    );
  }
  return good(
    "quarantine",
    quarantined.length === 0 ? "it is empty" : `quarantined builds: ${quarantined.length}; none of them is live`,
  );
}

/** How long an armed build may wait for its first boot, milliseconds. */
const FIRST_BOOT_MS = 60_000;

/** The gate has counted a boot of the armed build. Otherwise the service is started without it. */
function gateCheck({ status, history, machine, target, isGateSeen, wasWatched }: ExaminedState): Finding {
  const { ports: { clock, host } } = machine;
  const { pending, live } = status;
  if (pending !== null && pending.attempts === 0 && pending.version === live.version) {
    const armed = history?.findLast((event) => event.event === "armed");
    if (clock.now() - Date.parse(armed?.time ?? "") > FIRST_BOOT_MS) {
      return bad(
        "gate",
        "not-gated",
        `${pending.version} is armed and live, but no boot of it was counted: the service was not started since, or ` +
          "not through boot-sentinel",
        `${runCommand(target, machine)}   in place of the program, then restart the service`,
      );
    }
  }
  const last = history?.findLast((event) => event.event === "attempt" || event.event === "rolled-back");
  if (last !== undefined) return good("gate", `it last judged a boot at ${last.time} (${last.event})`);
  if (wasWatched) return good("gate", "it has had a boot watched");
  if (isGateSeen) return note("gate", "gate-unproven", "it has not judged an update yet; the unit starts it");
  const text = "it has not judged a boot yet: nothing shows whether the service starts through it";
  if (history === undefined) return unknown("gate", "gate-unproven", text, againAsRoot(target, machine));
  const advice = host.os === "linux" && target.unit === undefined
    ? `${commandFor(target, "doctor")} --unit UNIT   (the service's unit)`
    : "start the service once through boot-sentinel run";
  return unknown("gate", "gate-unproven", text, advice);
}
