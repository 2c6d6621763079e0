/**
 * Members: other files that belong to a build, such as its configuration or a drop-in of its unit. Of each kept build
 * they are kept, too, beside the state, and they go and come back with it.
 *
 * @module
 */
import { messageOf } from "../../errors.ts";
import { FsError } from "../../fs_port.ts";
import { fileIn, isKeptMemberName, keptMemberName, membersPath } from "../../state/paths.ts";
import type { Member } from "../../state/members.ts";
import type { BuildRecord, Snapshot } from "../../state/schemas.ts";
import { namesIn } from "../../state/state_files.ts";
import type { State } from "../../state/state.ts";
import { shellWord } from "../../shell_word.ts";
import { describesLive } from "../live.ts";
import { memberFault, sizeFault } from "./member_fault.ts";

/** Whether a path is named as a member. */
export function isMember({ subject: { members } }: State, path: string): boolean {
  return members?.includes(path) === true;
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

/** Who may do what with a member's file, besides its content. Throws {@link FsError}. */
export function accessAt({ ports: { fs } }: State, path: string): string {
  const { mode, owner = "" } = fs.info(path);
  return `${mode.toString(8)} ${owner}`.trim();
}

/** What is at a member's path is what the build has there. Throws {@link FsError}. */
export function isOwn(state: State, { path, digest, access }: Member): boolean {
  if (digestAt(state, path) !== digest) return false;
  return digest === undefined || access === undefined || accessAt(state, path) === access;
}

/**
 * Keeps the members as they are now; `undefined` for a program without. Those that are kept already are not copied. Of
 * one that is not named, or whose disk is away for a while, what was kept before is kept on.
 *
 * @param before The same members as they were kept before.
 * @throws {FsError} They cannot be kept.
 */
export function keepMembers(state: State, before: readonly Member[] = []): readonly Member[] | undefined {
  const { ports: { fs, log }, subject: { members = [] }, paths } = state;
  const unnamed = before.filter((known) => !members.includes(known.path) && isWhole(known));
  if (members.length + unnamed.length === 0) return undefined;
  const folder = membersPath(paths.dir);
  let isNew = false;
  const keep = (path: string, known: Member | undefined): Member => {
    const digest = digestAt(state, path);
    if (digest === undefined) return { path };
    const access = accessAt(state, path);
    if (known !== undefined && known.digest === digest && isKeptAs(state, known, access)) return known;
    fs.makeDirectory(folder);
    const name = keptMemberName();
    isNew = true;
    return { path, digest: fs.copy(path, fileIn(folder, name)).digest, access, kept: name };
  };
  const kept = members.flatMap((path): Member[] => {
    const known = before.find((member) => member.path === path);
    const fault = memberFault(state, path) ?? sizeFault(state, path);
    if (fault === undefined) return [keep(path, known)];
    const wasMember = fault.kind === "now" && known !== undefined;
    if (wasMember && state.has(path)) return [keep(path, known)];
    const stays = wasMember && isWhole(known);
    const what = stays ? "it stays kept as it was" : "it is not kept with the build";
    log("warn", `Cannot use a member: ${fault.why}; ${what}; ${fault.advice}`);
    return stays ? [known] : [];
  });
  if (isNew) [folder, paths.dir].forEach((directory) => fs.syncDirectory(directory));
  return [...kept, ...unnamed];
}

/** It can be put back: there is a copy of it, or the build has no such file. */
function isWhole({ digest, kept }: Member): boolean {
  return digest === undefined || kept !== undefined;
}

/** Says which members of last-good the build that takes its place is kept without, because they are not named. */
export function tellForgotten(state: State, version: string): void {
  const { record: { lastGood }, subject: { members = [], exe }, ports: { log } } = state;
  for (const { path } of lastGood?.members ?? []) {
    if (members.includes(path)) continue;
    const confirm = `boot-sentinel confirm --exe ${shellWord(exe)} --with ${shellWord(path)}`;
    const text = `${path} went with ${lastGood?.version}, and is not named: ${version} is kept without it`;
    log("warn", `${text}; if it belongs to it: ${confirm}`);
  }
}

/** The copy of a member is there, a file of its own, and was made of a file with that access. */
function isKeptAs(state: State, { kept, access }: Member, found: string): boolean {
  const copy = keptPath(state, kept);
  return copy !== undefined && state.has(copy) && state.ports.fs.info(copy).links === 1 && access === found;
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
