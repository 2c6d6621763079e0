/**
 * Changing the program and its members together. The members' new files are made complete beside them, then the record
 * says what is to be where, then the program is replaced: this one rename decides. Before it, the outgoing build is whole;
 * after it, the members only have to be renamed, which the next boot or command finishes if this one is killed.
 *
 * @module
 */
import { messageOf, SentinelError } from "../../errors.ts";
import { FsError } from "../../fs_port.ts";
import { shellWord } from "../../shell_word.ts";
import { directoryOf, isTempName, nameOf, sibling, STEPS } from "../../state/paths.ts";
import type { IntendedMember, Member } from "../../state/members.ts";
import { State } from "../../state/state.ts";
import { isMissing } from "../../state/state_files.ts";
import { identify } from "../identity.ts";
import { linked } from "../snapshot.ts";
import { cannotReplace, leftAsItIs, type MemberFault, memberFault } from "./member_fault.ts";
import { accessAt, digestAt, isMember, ownMembers } from "./members.ts";
import { removeStages, type StagedMember, syncFolders } from "./stage_members.ts";

/** What is to be done after unit files were changed. */
export const RELOAD_NEEDED = "systemctl daemon-reload";

/** Says durably what is to be where, before the program is replaced by the build with that sha256. */
export function announce(
  state: State,
  digest: string,
  staged: readonly StagedMember[],
  outgoing: readonly Member[],
): void {
  if (staged.length === 0) return;
  const members = staged.map((member) => ({
    ...member,
    outgoing: outgoing.find(({ path }) => path === member.path)?.digest,
  }));
  state.writeRecord({ ...state.record, intent: { digest, members } });
}

/**
 * Finishes a change when its build is live, and undoes it otherwise.
 *
 * @returns What was done, for people: nothing if no change was under way.
 * @throws {FsError} Not now: the members are not all in place, and the intent stays.
 */
export function settleMembers(state: State): string[] {
  const { intent } = state.record;
  if (intent === undefined) return [];
  // Root is led by a state file to no other names.
  const members = intent.members.filter(hasOwnStage);
  if (digestOfLive(state) === intent.digest) return finish(state, members);
  // First the intent: what it names is there as long as it stands.
  writeWithoutIntent(state);
  removeStages(state, members.filter(({ path }) => isMember(state, path) && memberFault(state, path) === undefined));
  return [];
}

/** The same as a step of a change that is not undone any more: what could not be done is told. */
export function settleOrTell(state: State): string[] {
  try {
    return settleMembers(state);
  } catch (error) {
    state.ports.log(
      "error",
      `Not all files that belong to ${state.subject.exe} are those of its build: ${messageOf(error)}; ` +
        "the next boot or command tries again",
    );
    return [];
  }
}

/**
 * The same for a command that has changed nothing yet.
 *
 * @throws {SentinelError} `busy`: the members are not all in place; `untouchable`: that is not known.
 */
export function settleOrRefuse(state: State): void {
  if (state.subject.members !== undefined && state.untouchable) state.writeRecord(state.record);
  try {
    settleMembers(state);
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    throw new SentinelError(
      "busy",
      `Nothing was changed: an earlier change of ${state.subject.exe} and its members could not be finished: ` +
        `${error.message}; mend that, then try again`,
    );
  }
}

function digestOfLive(state: State): string | undefined {
  try {
    return identify(state, state.exe).digest;
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return undefined;
    throw error;
  }
}

function hasOwnStage({ path, stage }: IntendedMember): boolean {
  return stage === undefined || (directoryOf(stage) === directoryOf(path) && isTempName(path, nameOf(stage), STEPS));
}

function finish(state: State, members: readonly IntendedMember[]): string[] {
  const { fs, log } = state.ports;
  // If the one that renamed the program was killed, that rename need not be on the disk.
  fs.syncDirectory(directoryOf(state.exe));
  const told: string[] = [];
  const faults = new Map(members.map((member) => [member.path, faultOf(state, member)]));
  for (const member of members) {
    const fault = faults.get(member.path);
    if (fault === undefined) told.push(...putInPlace(state, member));
    else if (fault.kind === "never") told.push(leftAsItIs(member.path, fault));
  }
  syncFolders(state, members.filter(({ path }) => faults.get(path) === undefined));
  const needsReload = members.some(({ path }) => isUnitFile(path) && faults.get(path) === undefined);
  const isWaiting = [...faults.values()].some((fault) => fault?.kind === "now");
  if (!isWaiting) writeWithoutIntent(state, needsReload);
  if (needsReload) told.push(`systemd has to read its unit files again: ${RELOAD_NEEDED}`);
  for (const text of told) log("warn", text);
  for (const [path, fault] of faults) if (fault?.kind === "now") throw cannotReplace(path, fault);
  return told;
}

/** Why the new file of a member cannot be put in place; `undefined`: it can, or it is there. */
function faultOf(state: State, member: IntendedMember): MemberFault | undefined {
  const { path } = member;
  if (!isMember(state, path)) {
    return { kind: "now", why: "it is not named with this command", advice: `add --with ${shellWord(path)}` };
  }
  const fault = memberFault(state, path);
  return fault?.kind === "now" && isInPlace(state, member) ? undefined : fault;
}

function isInPlace(state: State, { path, digest, stage }: IntendedMember): boolean {
  const { fs } = state.ports;
  // In a folder that is not there, such as that of a disk which is not mounted, nothing is known of any file.
  return state.has(directoryOf(path)) && digestAt(state, path) === digest &&
    (stage === undefined || isMissing(fs, stage));
}

/** @returns What was done, for people. */
function putInPlace(state: State, member: IntendedMember): string[] {
  const { fs, log } = state.ports;
  const { path, stage } = member;
  if (isInPlace(state, member)) return [];
  const saved = saveEdited(state, member);
  if (stage === undefined) {
    fs.remove(path);
    log("info", `Removed ${path}: the build has no such file`);
  } else if (!isMissing(fs, stage)) {
    fs.rename(stage, path);
    log("info", `Put the build's own ${path} in place`);
  } else log("error", `${path} is not that of the build: ${stage} was removed by somebody; put it in place by hand`);
  return saved === undefined ? [] : [`${path} was changed by somebody, and is kept as ${saved}`];
}

function writeWithoutIntent(state: State, needsReload = false): void {
  const { intent: _, ...record } = state.record;
  state.writeRecord({ ...record, ...(needsReload ? { reload: true } : {}) });
}

/** Keeps what is at a member's path if neither build has it; returns where. */
function saveEdited(state: State, { path, digest, outgoing }: IntendedMember): string | undefined {
  const { fs } = state.ports;
  const found = digestAt(state, path);
  if (found === undefined || found === digest || found === outgoing) return undefined;
  const saved = nameToSave(state, path, found);
  if (digestAt(state, saved) !== found) {
    if (!linked(fs, path, saved)) fs.copy(path, saved);
    fs.syncDirectory(directoryOf(path));
  }
  return saved;
}

/** A name that is free, or has these bytes already. Whatever else lies there, such as a directory, stays. */
function nameToSave(state: State, path: string, found: string): string {
  const { fs } = state.ports;
  for (let count = 0;; count++) {
    const tail = ["", `-${found.slice(0, 12)}`][count] ?? `-${found.slice(0, 12)}-${count}`;
    const name = sibling(path, `boot-sentinel-saved${tail}`);
    if (fs.linkTarget(name) !== undefined) continue;
    if (isMissing(fs, name) || (fs.info(name).kind === "file" && fs.digest(name) === found)) return name;
  }
}

/** Whether the system's systemd reads it. */
function isUnitFile(path: string): boolean {
  return /^\/(etc|run|lib|usr\/lib|usr\/local\/lib)\/systemd\/system\//.test(path);
}

/** Removes what was staged and is needed by no change that is under way. Never throws. */
export function discardStagedMembers(state: State, staged: readonly StagedMember[]): void {
  if (staged.length === 0) return;
  const { intent } = new State(state.ports, state.subject).record;
  removeStages(state, staged.filter(({ stage }) => !intent?.members.some((member) => member.stage === stage)));
}

/** The members of a build that is put in place: what it brings, and otherwise those of the outgoing one. */
export function membersOfUpdate(
  state: State,
  staged: readonly StagedMember[],
  live: string | undefined,
): readonly Member[] | undefined {
  const own = ownMembers(state, live);
  return state.subject.members?.flatMap((path): Member[] => {
    const brought = staged.find((member) => member.path === path);
    if (brought?.stage !== undefined) return [{ path, digest: brought.digest, access: accessAt(state, brought.stage) }];
    return own.filter((member) => member.path === path);
  });
}
