/**
 * Changing the program and its members together. The members' new files are made complete beside them, then the record
 * says what is to be where, then the program is replaced: this one rename decides. Before it, the outgoing build is whole;
 * after it, the members only have to be renamed, which the next boot or command finishes if this one is killed.
 *
 * @module
 */
import { messageOf, SentinelError } from "../../errors.ts";
import { FsError } from "../../fs_port.ts";
import { directoryOf, isTempName, nameOf, sibling, STEPS, tempPath } from "../../state/paths.ts";
import type { IntendedMember, Member } from "../../state/members.ts";
import type { Snapshot } from "../../state/schemas.ts";
import { State } from "../../state/state.ts";
import { isMissing } from "../../state/state_files.ts";
import { identify } from "../identity.ts";
import { discard, linked } from "../snapshot.ts";
import { digestAt, keptPath, memberFault, ownMembers, usableMembers } from "./members.ts";

/** What is to be done after unit files were changed. */
export const RELOAD_NEEDED = "systemctl daemon-reload";

/** A member's new file, complete beside it; without one it is to be removed. */
export type StagedMember = Pick<IntendedMember, "path" | "digest" | "stage">;

/**
 * Stages the new members of an update.
 *
 * @param files The new file of each member, by the member's path.
 * @throws {SentinelError} One of them cannot be a member; nothing was changed.
 */
export function stageNewMembers(state: State, files: Readonly<Record<string, string>>): StagedMember[] {
  const { fs } = state.ports;
  return staging(state, (add) => {
    for (const [path, from] of Object.entries(files)) {
      refuseUnusable(state, path, from);
      const stage = tempPath(path, "swap");
      add({ path, stage, digest: fs.digest(from) });
      // The owner of a new one is that of the folder, whoever made the file that it is copied from.
      if (!isMissing(fs, path)) fs.copy(from, stage, path);
      else fs.create(stage, fs.read(from, Number.MAX_SAFE_INTEGER), fs.info(from).mode & 0o777);
    }
  });
}

function refuseUnusable(state: State, path: string, from: string): void {
  const { fs } = state.ports;
  const isMember = state.subject.members?.includes(path) === true;
  const fault = isMember ? memberFault(state, path) : {
    why: `${path} is no member of ${state.subject.exe}`,
    advice: `name it with every command, or register it with the service: --with ${path}`,
  };
  const isFile = fault !== undefined || (state.has(from) && fs.info(from).kind === "file");
  const { why, advice } = fault ?? { why: `${from} is not a file`, advice: "name the new file" };
  if (fault === undefined && isFile) return;
  throw new SentinelError("mismatch", `Cannot swap: ${why}; nothing was changed; ${advice}`);
}

/**
 * Stages the members of a kept build that are not at their paths now.
 *
 * @throws {FsError} They cannot be put back; nothing was changed.
 */
export function stageKeptMembers(state: State, { members = [], version }: Snapshot): StagedMember[] {
  const { fs, log } = state.ports;
  if (state.subject.members === undefined) return [];
  const usable = usableMembers(state);
  return staging(state, (add) => {
    for (const member of members.filter(({ path }) => usable.includes(path))) {
      const { path, digest } = member;
      if (isInPlace(state, member)) continue;
      if (digest === undefined) {
        add({ path });
        continue;
      }
      const from = keptPath(state, member.kept);
      const stage = tempPath(path, "restore");
      if (from === undefined || isMissing(fs, from) || fs.digest(from) !== digest) {
        log(
          "error",
          `${path} of ${version} cannot be put back: its copy ${from} is lost or damaged; it stays as it is: check it`,
        );
        continue;
      }
      add({ path, digest, stage });
      copyOrLink(state, from, stage);
    }
  });
}

/** On a full disk it is the kept file itself that is put back; the next confirm makes another copy to keep. */
function copyOrLink({ ports: { fs } }: State, from: string, to: string): void {
  try {
    fs.copy(from, to);
  } catch (error) {
    if (!(error instanceof FsError) || error.code !== "noSpace" || !linked(fs, from, to)) throw error;
  }
}

/** The member has the bytes and the mode that it had. */
function isInPlace(state: State, { path, digest, kept }: Member): boolean {
  const { fs } = state.ports;
  if (digestAt(state, path) !== digest) return false;
  const from = keptPath(state, kept);
  return digest === undefined || from === undefined || isMissing(fs, from) || fs.info(from).mode === fs.info(path).mode;
}

/** Collects what is staged; removes it when a step fails. */
function staging(state: State, act: (add: (staged: StagedMember) => void) => void): StagedMember[] {
  const staged: StagedMember[] = [];
  try {
    act((one) => staged.push(one));
    syncFolders(state, staged);
    return staged;
  } catch (error) {
    removeStages(state, staged);
    throw error;
  }
}

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
  if (digestOfLive(state) === intent.digest) return finish(state, intent.members.filter((one) => isOurs(state, one)));
  // First the intent: what it names is there as long as it stands.
  writeWithoutIntent(state);
  removeStages(state, intent.members.filter((one) => isOurs(state, one)));
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

/** Root is led by a state file to no other names. */
function isOurs(state: State, { path, stage }: IntendedMember): boolean {
  if (state.subject.members?.includes(path) !== true || memberFault(state, path) !== undefined) return false;
  return stage === undefined || (directoryOf(stage) === directoryOf(path) && isTempName(path, nameOf(stage), STEPS));
}

function finish(state: State, members: readonly IntendedMember[]): string[] {
  const { fs, log } = state.ports;
  // If the one that renamed the program was killed, that rename need not be on the disk.
  fs.syncDirectory(directoryOf(state.exe));
  const told: string[] = [];
  for (const member of members) {
    const { path, digest, stage } = member;
    if (digestAt(state, path) === digest && (stage === undefined || isMissing(fs, stage))) continue;
    const saved = saveEdited(state, member);
    if (saved !== undefined) told.push(`${path} was changed by somebody, and is kept as ${saved}`);
    if (stage === undefined) {
      fs.remove(path);
      log("info", `Removed ${path}: the build has no such file`);
    } else if (!isMissing(fs, stage)) {
      fs.rename(stage, path);
      log("info", `Put the build's own ${path} in place`);
    } else log("error", `${path} is not that of the build: ${stage} was removed by somebody; put it in place by hand`);
  }
  syncFolders(state, members);
  const needsReload = members.some(({ path }) => isUnitFile(path));
  writeWithoutIntent(state, needsReload);
  if (needsReload) told.push(`systemd has to read its unit files again: ${RELOAD_NEEDED}`);
  for (const text of told) log("warn", text);
  return told;
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
  const name = sibling(path, "boot-sentinel-saved");
  const isFree = [undefined, found].includes(digestAt(state, name));
  const saved = isFree ? name : sibling(path, `boot-sentinel-saved-${found.slice(0, 12)}`);
  if (digestAt(state, saved) !== found) {
    if (!linked(fs, path, saved)) fs.copy(path, saved);
    fs.syncDirectory(directoryOf(path));
  }
  return saved;
}

/** Whether the system's systemd reads it. */
function isUnitFile(path: string): boolean {
  return /^\/(etc|run|lib|usr\/lib|usr\/local\/lib)\/systemd\/system\//.test(path);
}

function syncFolders({ ports: { fs } }: State, members: readonly { readonly path: string }[]): void {
  for (const folder of new Set(members.map(({ path }) => directoryOf(path)))) fs.syncDirectory(folder);
}

function removeStages(state: State, staged: readonly StagedMember[]): void {
  for (const { stage } of staged) if (stage !== undefined) discard(state, stage);
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
    const found = staged.find((member) => member.path === path) ?? own.find((member) => member.path === path);
    return found === undefined ? [] : [{ path, digest: found.digest }];
  });
}
