/** What speaks against guarding a unit, looked at before anything is written. @module */
import { SentinelError } from "../../../core/errors.ts";
import { leadsToRelease } from "../../../core/builds/release/release_fs.ts";
import { absolutePath, directoryOf } from "../../../core/state/paths.ts";
import { shellWord } from "../../../core/shell_word.ts";
import { isMissing, resolveOrSelf } from "../../../core/state/state_files.ts";
import type { Fs } from "../../../core/fs_port.ts";
import { guardHint, interpreterOf } from "../../interpreters.ts";
import { isTemplate } from "./ask_systemd.ts";
import type { UnitFacts } from "./unit_facts.ts";

/** What would be guarded. */
export interface Target {
  /** The guarded file. */
  readonly exe: string;
  /** False: the program that is started only reads it. */
  readonly isStarted: boolean;
}

/** The parts of a plan that say what is guarded. */
export interface Asked {
  /** The command that asks, up to what it guards, to repeat it with `--guard`. */
  readonly install: string;
  /** The command that will be started. */
  readonly command: readonly string[];
  readonly folder: string;
  readonly exe: string | undefined;
  readonly guard: string | undefined;
}

/**
 * The file to guard.
 *
 * @throws {SentinelError} It is an interpreter or a wrapper, or there is no such file.
 */
export function targetOf(fs: Fs, asked: Asked): Target {
  const { guard, folder } = asked;
  if (guard !== undefined) {
    const path = absolutePath(folder, guard);
    if (isMissing(fs, path)) throw refusal(`${path}, the file to guard, does not exist`, "name it with --guard FILE");
    return { exe: path, isStarted: path === asked.command[0] };
  }
  const [program = ""] = asked.command;
  const exe = asked.exe ?? program;
  if (!exe.startsWith("/")) throw refusal(`the path of its program ${exe} is not absolute`, "name it: --exe PATH");
  if (exe.includes("%")) throw refusal(`the path of its program ${exe} contains a specifier`, "name it: --exe PATH");
  if (isMissing(fs, exe)) throw refusal(`its program ${exe} does not exist`, "install the program first");
  const interpreter = interpreterOf(exe) ?? interpreterOf(resolveOrSelf(fs, exe));
  if (interpreter === "boot-sentinel") {
    throw asked.command.includes("--")
      ? refusal("it starts its program through boot-sentinel already", "nothing has to be done")
      : refusal(`${exe} is the gate, which no update of a service replaces`, "write a unit for it by hand");
  }
  if (interpreter !== undefined) {
    const isFile = (path: string) => isRegular(fs, absolutePath(folder, path));
    const hint = guardHint(asked.command, isFile);
    const file = hint === undefined ? "FILE" : shellWord(guardedBy(fs, absolutePath(folder, hint)));
    throw refusal(
      `${exe} only runs another program: a rollback would put ${interpreter} back, not what is updated`,
      `name the file that is updated: ${asked.install.replace("…", `--guard ${file}`)}`,
    );
  }
  return { exe, isStarted: true };
}

/** What to guard so that a file comes back with what belongs to it: a release that it lies in, else the file. */
export function guardedBy(fs: Fs, file: string): string {
  for (let path = directoryOf(file); path !== directoryOf(path); path = directoryOf(path)) {
    const isOwn = directoryOf(path) !== "/" && resolveOrSelf(fs, path).startsWith(resolveOrSelf(fs, directoryOf(path)));
    if (isOwn && leadsToRelease(fs, path)) return path;
  }
  return file;
}

/** Throws when a unit cannot be guarded at all. */
export function refuseUnit({ unit, properties, lists, isPerConnection, resets }: UnitFacts): void {
  const type = properties["Type"] ?? "";
  if (properties["LoadState"] === "masked") throw refusal("it is masked", `systemctl unmask ${unit}`);
  if (type === "oneshot") throw refusal("its Type is oneshot: it is not a service that keeps running", "guard another");
  if (lists.ExecStart.length !== 1) {
    throw refusal(
      `it has ${lists.ExecStart.length} ExecStart= lines, not 1, so it is not one program`,
      "put them into one program",
    );
  }
  const gated = [...lists.ExecStart, ...lists.ExecStartPre].find((line) => /boot-sentinel\S* (run|check) /.test(line));
  if (gated !== undefined) throw refusal(`it is guarded already, by ${gated}`, "remove that line first");
  const root = properties["RootDirectory"] || properties["RootImage"];
  if (root) throw refusal(`its program lies in another root, ${root}`, "guard it with run -- EXE inside of that root");
  if (isPerConnection) {
    throw refusal(
      "its socket has Accept=yes: each connection would count as a boot",
      "let one process accept the connections (Accept=no)",
    );
  }
  if (resets[0] !== undefined) {
    throw refusal(
      `${resets[0]} removes the lines of drop-ins before it`,
      "rename that file so that it comes before 50",
    );
  }
  if (isTemplate(unit) && lists.ExecStart[0]?.split(/\s/)[0]?.includes("%") === true) {
    throw refusal(
      "each of its instances has a program of its own",
      `guard each: --drop-in ${unit.replace("@.", "@NAME.")}`,
    );
  }
}

/** The refusal of a service; the caller says which one. */
class Refusal extends Error {
  constructor(readonly why: string, readonly advice: string) {
    super(why);
  }
}

function refusal(why: string, advice: string): Refusal {
  return new Refusal(why, advice);
}

/** Runs checks, and names the service in what they refuse. */
export function refusing<T>(service: string, checks: () => T): T {
  try {
    return checks();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new SentinelError("nothing", `Cannot guard ${service}: ${error.why}; nothing was changed; ${error.advice}`);
  }
}

function isRegular(fs: Fs, path: string): boolean {
  try {
    return fs.info(path).kind === "file";
  } catch {
    return false;
  }
}
