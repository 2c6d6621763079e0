/**
 * Members: other files that belong to a build, such as its configuration or a drop-in of its unit. Of each kept build
 * they are kept, too, beside the state, and they go and come back with it.
 *
 * @module
 */
import { messageOf } from "../../errors.ts";
import { FsError, type ReplaceFault } from "../../fs_port.ts";
import {
  directoryOf,
  fileIn,
  isKeptMemberName,
  keptMemberName,
  lastGoodPath,
  membersPath,
  nameOf,
} from "../../state/paths.ts";
import type { Member } from "../../state/members.ts";
import type { BuildRecord, Snapshot } from "../../state/schemas.ts";
import { shellWord } from "../../shell_word.ts";
import { namesIn } from "../../state/state_files.ts";
import type { State } from "../../state/state.ts";
import { describesLive } from "../live.ts";

/** A larger file, in bytes, is no member: members are copied while the lock is held. */
const SIZE_LIMIT = 16 << 20;

/** Why a path cannot be a member; `undefined`: it can. Throws {@link FsError} when that cannot be found out now. */
export function memberFault(state: State, path: string): ReplaceFault | undefined {
  const { ports: { fs }, exe, paths, subject } = state;
  const remove = `remove it from the members: --with ${path}`;
  const release = fs.linkTarget(exe);
  const roots = [exe, ...(release === undefined ? [] : [fs.resolve(absolute(release, exe))])];
  if ([exe, subject.exe, lastGoodPath(exe)].includes(path)) {
    return { why: `${path} is the guarded program`, advice: remove };
  }
  if (roots.some((root) => path.startsWith(`${root}/`))) return { why: `${path} lies in the release`, advice: remove };
  if (directoryOf(path) === paths.dir && nameOf(path).startsWith(".boot-")) {
    return { why: `${path} belongs to the state`, advice: remove };
  }
  try {
    const folder = fs.info(directoryOf(path));
    if (folder.kind !== "directory") return { why: `${directoryOf(path)} is not a folder`, advice: remove };
    if ((folder.mode & 0o022) !== 0) {
      const mode = (folder.mode & 0o7777).toString(8);
      return {
        why: `others than its owner can put files in ${directoryOf(path)} (mode ${mode})`,
        advice: `chmod go-w ${shellWord(directoryOf(path))}`,
      };
    }
    // Who can write the state says what is put at the path. Root's state may say it of a user's folder, where the work is
    // done with that user's rights.
    if (!fs.sameOwner(path, paths.record) && !fs.sameOwner(paths.record, "/")) {
      return {
        why: `the state in ${paths.dir} can be changed by a user who may not change ${path}`,
        advice: "use a --data-dir that only root can write",
      };
    }
    return specialFault(state, path) ?? fs.replaceFault(path, subject.dataDir, true);
  } catch (error) {
    if (!(error instanceof FsError) || error.code !== "notFound") throw error;
    return { why: `${directoryOf(path)} does not exist`, advice: `make it: mkdir ${directoryOf(path)}` };
  }
}

function absolute(target: string, link: string): string {
  return target.startsWith("/") ? target : fileIn(directoryOf(link), target);
}

/** What is at the path is no file that can be kept. */
function specialFault({ ports: { fs } }: State, path: string): ReplaceFault | undefined {
  if (fs.linkTarget(path) !== undefined) {
    return { why: `${path} is a symbolic link, which is not followed`, advice: "name the file that it leads to" };
  }
  try {
    const { kind, size } = fs.info(path);
    if (kind !== "file") return { why: `${path} is not a regular file`, advice: "name a regular file" };
    return size <= SIZE_LIMIT ? undefined : { why: `${path} is larger than 16 MiB`, advice: "name smaller files" };
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return undefined;
    throw error;
  }
}

/** The members that can be kept and put back; the others are told. */
export function usableMembers(state: State): string[] {
  return (state.subject.members ?? []).filter((path) => {
    const fault = memberFault(state, path);
    if (fault !== undefined) {
      state.ports.log("warn", `Cannot use a member: ${fault.why}; it is left as it is; ${fault.advice}`);
    }
    return fault === undefined;
  });
}

/** Sha256 of a member; `undefined`: there is no such file. Throws {@link FsError}. */
export function digestAt({ ports: { fs } }: State, path: string): string | undefined {
  try {
    return fs.fingerprint(path).digest;
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return undefined;
    throw error;
  }
}

/**
 * Keeps the members as they are now; `undefined` for a program without. Those that are kept already are not copied.
 *
 * @param before The same members as they were kept before.
 * @throws {FsError} They cannot be kept.
 */
export function keepMembers(state: State, before: readonly Member[] = []): readonly Member[] | undefined {
  if (state.subject.members === undefined) return undefined;
  const { fs } = state.ports;
  const folder = membersPath(state.paths.dir);
  const kept: Member[] = [];
  let isNew = false;
  for (const path of usableMembers(state)) {
    const digest = digestAt(state, path);
    const known = before.find((member) => member.path === path && member.digest === digest);
    if (digest === undefined) kept.push({ path });
    else if (known !== undefined && isKeptAs(state, known)) kept.push(known);
    else {
      fs.makeDirectory(folder);
      const name = keptMemberName();
      kept.push({ path, digest: fs.copy(path, fileIn(folder, name)).digest, kept: name });
      isNew = true;
    }
  }
  if (isNew) [folder, state.paths.dir].forEach((directory) => fs.syncDirectory(directory));
  return kept;
}

/** The copy of a member is there, a file of its own, and has the mode of the member. */
function isKeptAs(state: State, { path, kept }: Member): boolean {
  const { fs } = state.ports;
  const copy = keptPath(state, kept);
  if (copy === undefined || !state.has(copy)) return false;
  const { links, mode } = fs.info(copy);
  return links === 1 && mode === fs.info(path).mode;
}

/** Where a kept member lies; `undefined`: nowhere, or the record names something else. */
export function keptPath({ paths }: State, name: string | undefined): string | undefined {
  return name !== undefined && isKeptMemberName(name) ? fileIn(membersPath(paths.dir), name) : undefined;
}

/** Last-good's members become what is there now, while last-good is live: its operator may have edited them. */
export function refreshMembers(state: State, live: string | undefined): void {
  const { lastGood } = state.record;
  if (state.subject.members === undefined || lastGood === undefined || lastGood.digest !== live) return;
  const members = keepMembers(state, lastGood.members);
  if (JSON.stringify(members) === JSON.stringify(lastGood.members)) return;
  state.writeRecord({ ...state.record, lastGood: { ...lastGood, members } });
}

/** The members of the live build, as far as they are known. `live`: its sha256. */
export function ownMembers(state: State, live: string | undefined): readonly Member[] {
  const { sentinel, record: { lastGood } } = state;
  if (lastGood !== undefined && lastGood.digest === live) return lastGood.members ?? [];
  return sentinel !== undefined && describesLive(state, sentinel, () => live) ? sentinel.members ?? [] : [];
}

/** Removes the copies that no kept build has any more. Never throws. */
export function sweepMembers(state: State): void {
  const { record: { lastGood, incoming, generations = [] }, ports: { fs, log } } = state;
  if (!knowsMembers(state)) return;
  const builds: (Snapshot | undefined)[] = [lastGood, incoming, ...generations];
  const used = new Set(builds.flatMap((build) => build?.members?.map(({ kept }) => kept) ?? []));
  const folder = membersPath(state.paths.dir);
  try {
    for (const name of namesIn(fs, folder)) {
      if (isKeptMemberName(name) && !used.has(name)) fs.remove(fileIn(folder, name));
    }
  } catch (error) {
    log("warn", `Cannot remove older members: ${messageOf(error)}; the next confirm tries again`);
  }
}

/** Whether there are members at all, or were. */
function knowsMembers({ subject, record }: State): boolean {
  const has = ({ lastGood, generations = [] }: BuildRecord) =>
    [lastGood, ...generations].some((build) => build?.members !== undefined);
  return subject.members !== undefined || has(record);
}
