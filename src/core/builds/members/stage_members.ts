/** Making the files of members complete beside their paths, before anything is replaced. @module */
import { SentinelError } from "../../errors.ts";
import { FsError, type ReplaceFault } from "../../fs_port.ts";
import { absolutePath, directoryOf, tempPath } from "../../state/paths.ts";
import type { IntendedMember, Member } from "../../state/members.ts";
import type { Snapshot } from "../../state/schemas.ts";
import type { State } from "../../state/state.ts";
import { isMissing } from "../../state/state_files.ts";
import { discard, linked } from "../snapshot.ts";
import { cannotReplace, leftAsItIs, memberFault, sizeFault } from "./member_fault.ts";
import { isMember, isOwn, keptPath } from "./members.ts";

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
    for (const [named, from] of Object.entries(files)) {
      const path = absolutePath("/", named);
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
  const fault = isMember(state, path) ? memberFault(state, path) ?? fileFault(state, from) : {
    why: `${path} is no member of ${state.subject.exe}`,
    advice: `name it with every command, or register it with the service: --with ${path}`,
  };
  if (fault === undefined) return;
  throw new SentinelError("mismatch", `Cannot swap: ${fault.why}; nothing was changed; ${fault.advice}`);
}

function fileFault(state: State, from: string): ReplaceFault | undefined {
  const isFile = state.has(from) && state.ports.fs.info(from).kind === "file";
  return isFile ? sizeFault(state, from) : { why: `${from} is not a file`, advice: "name the new file" };
}

/**
 * Stages the members of a kept build that are not at their paths now.
 *
 * @param outgoing The members of the build that it replaces.
 * @param leave Told of each member that is not put back.
 * @throws {FsError} They cannot be put back now; nothing was changed.
 */
export function stageKeptMembers(
  state: State,
  { members = [], version }: Snapshot,
  outgoing: readonly Member[],
  leave: (why: string) => void,
): StagedMember[] {
  return staging(state, (add) => {
    for (const member of members) {
      const { path } = member;
      if (!isMember(state, path)) {
        leave(leftAsItIs(path, { why: `it went with ${version}, and is not named`, advice: `add --with ${path}` }));
        continue;
      }
      const fault = memberFault(state, path);
      if (fault?.kind === "never") leave(leftAsItIs(path, fault));
      else if (isAsKept(state, member, outgoing)) continue;
      else if (fault !== undefined) throw cannotReplace(path, fault);
      else stageKept(state, version, member, add, leave);
    }
  });
}

function stageKept(
  state: State,
  version: string,
  { path, digest, kept }: Member,
  add: (staged: StagedMember) => void,
  leave: (why: string) => void,
): void {
  const { fs } = state.ports;
  if (digest === undefined) return add({ path });
  const from = keptPath(state, kept);
  const stage = tempPath(path, "restore");
  if (from === undefined || isMissing(fs, from) || fs.digest(from) !== digest) {
    const why = `${path} of ${version} cannot be put back: its copy ${from} is lost or damaged`;
    return leave(`${why}; it stays as it is: check it`);
  }
  add({ path, digest, stage });
  copyOrLink(state, from, stage);
}

/** On a full disk it is the kept file itself that is put back; the next confirm makes another copy to keep. */
function copyOrLink({ ports: { fs } }: State, from: string, to: string): void {
  try {
    fs.copy(from, to);
  } catch (error) {
    if (!(error instanceof FsError) || error.code !== "noSpace" || !linked(fs, from, to)) throw error;
  }
}

/** The member is as it was. */
function isAsKept(state: State, member: Member, outgoing: readonly Member[]): boolean {
  const { path, digest } = member;
  if (state.has(directoryOf(path))) return isOwn(state, member);
  // The folder can be that of a disk which is not mounted: then what the outgoing build has there is still on it.
  return digest === undefined && outgoing.every((other) => other.path !== path || other.digest === undefined);
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

/** Flushes the names of members. */
export function syncFolders({ ports: { fs } }: State, members: readonly { readonly path: string }[]): void {
  for (const folder of new Set(members.map(({ path }) => directoryOf(path)))) fs.syncDirectory(folder);
}

/** Removes staged files. Never throws. */
export function removeStages(state: State, staged: readonly StagedMember[]): void {
  for (const { stage } of staged) if (stage !== undefined) discard(state, stage);
}
