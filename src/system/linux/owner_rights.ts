/**
 * Root in other people's folders: a file operation below a folder of another user is done with that user's rights. That
 * user can put a symbolic link, another file or a folder at any name there, at any moment; with no more rights than the
 * user has, this process cannot be led to change what the user could not change.
 *
 * @module
 */
import { isAbsolute } from "@std/path/is_absolute.js";
import { FsError } from "../../core/fs_port.ts";
import { directoryOf, fileIn, nameOf } from "../../core/state/paths.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { type Libc, openLibc } from "../ffi/libc.ts";
import { calls } from "../fs/calls.ts";
import process from "../process/process.ts";
import { isPermitted } from "../process/permission.ts";

/** A user who is not root. */
interface User {
  readonly uid: number;
  readonly gid: number;
}

/** What the kernel, too, follows at most. */
const LINKS = 40;

/** The user with whose rights this process works now. */
let acting: User | undefined;

let own: number | undefined;

/** Whether this process is root when it works for itself. Deno may not tell; then its user must do without. */
function isRoot(): boolean {
  if (process.platform !== "linux") return false;
  own ??= isPermitted({ name: "sys", kind: "uid" }) ? process.geteuid?.() ?? -1 : -1;
  return own === 0;
}

/** Runs an action on a file with the rights of the folder's owner, if this process is root and the owner is not. */
export function withRightsAt<T>(path: string, action: () => T): T {
  if (!isRoot()) return action();
  const user = ownerOnTheWay(path);
  return user === undefined ? action() : asUser(user, path, action);
}

/** The same for an action on what is in a folder, by names that are not followed. */
export function withRightsIn<T>(folder: string, action: () => T): T {
  if (!isRoot()) return action();
  const { user } = wayTo(folder, folder);
  return user === undefined ? action() : asUser(user, folder, action);
}

/** The same for an action on two files, which must be in the hands of one user. `verb`: what it does, for the message. */
export function withRightsAtBoth<T>(verb: string, from: string, to: string, action: () => T): T {
  if (!isRoot()) return action();
  const user = ownerOnTheWay(to);
  if (ownerOnTheWay(from)?.uid !== user?.uid) throw new FsError("denied", verb, from, `${to} belongs to another user`);
  return user === undefined ? action() : asUser(user, to, action);
}

/** True when two paths are in the hands of one user; root's are in nobody else's. */
export function haveSameOwner(one: string, other: string): boolean {
  return !isRoot() || ownerOnTheWay(one)?.uid === ownerOnTheWay(other)?.uid;
}

/** Where a path leads, and who can change that; no user: root alone. */
interface Way {
  /** The last folder on it. */
  readonly folder: string;
  readonly user: User | undefined;
  /** It ends before the path does: something is missing, or links lead in a circle. */
  readonly isCut?: boolean;
}

/**
 * The ways to folders, since one boot works on several files of the same two. They are forgotten when the synchronous
 * work that they were found for is done. Meanwhile only root could take a folder out of root's own hands.
 */
const ways = new Map<string, Way>();

/** The user who can change where the path leads; `undefined`: root alone. Throws when there are several. */
function ownerOnTheWay(path: string): User | undefined {
  const directory = directoryOf(path);
  const way = wayTo(directory, path);
  // The root directory has no name of its own.
  return directory === path || way.isCut === true ? way.user : follow(nameOf(path), way, path).user;
}

function wayTo(directory: string, whole: string): Way {
  let way = ways.get(directory);
  if (way === undefined) {
    if (ways.size === 0) queueMicrotask(() => ways.clear());
    way = follow(directory, { folder: "/", user: undefined }, whole);
    ways.set(directory, way);
  }
  return way;
}

/** Follows a path from a folder on. `whole`: what is asked about, for the message. */
function follow(path: string, { folder, user }: Way, whole: string): Way {
  let found = user;
  let links = 0;
  const parts = path.split("/");
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (part === "" || part === ".") continue;
    const next = part === ".." ? directoryOf(folder) : fileIn(folder, part);
    const stat = calls().lstat(next);
    if (stat === undefined) return { folder, user: found, isCut: true };
    // The last part's owner matters only when it leads on: whose a file is does not change where it is.
    const leads = stat.kind === "link" || stat.kind === "directory";
    if (leads && stat.uid !== 0) {
      if (found !== undefined && found.uid !== stat.uid) {
        const why = `users ${found.uid} and ${stat.uid} can both change where that path leads`;
        throw new FsError("denied", "work as root at", whole, why);
      }
      found = stat;
    }
    if (stat.kind !== "link") {
      folder = next;
      continue;
    }
    // A loop leads nowhere. The operation itself says so if it matters to it.
    if (++links > LINKS) return { folder, user: found, isCut: true };
    const target = calls().readlink(next);
    if (isAbsolute(target)) folder = "/";
    parts.unshift(...target.split("/"));
  }
  return { folder, user: found };
}

function asUser<T>(user: User, path: string, action: () => T): T {
  if (acting !== undefined) {
    if (acting.uid === user.uid) return action();
    throw new FsError("denied", "work as root at", path, "it belongs to another user than the file before");
  }
  const libc = rights(path);
  const groups = ownGroups(libc);
  acting = user;
  try {
    set(libc, [], user);
    return action();
  } finally {
    set(libc, groups, ROOT);
    acting = undefined;
  }
}

const ROOT: User = { uid: 0, gid: 0 };

type RightsCalls = Libc<"setgroups" | "getgroups" | "setegid" | "seteuid">;

let bound: RightsCalls | undefined;

function rights(path: string): RightsCalls {
  try {
    return bound ??= openLibc("setgroups", "getgroups", "setegid", "seteuid");
  } catch (error) {
    if (!(error instanceof FfiUnavailable)) throw error;
    const why = "it belongs to another user, whose rights cannot be taken here; run this as that user";
    throw new FsError("denied", "work as root at", path, why);
  }
}

function ownGroups({ call }: RightsCalls): number[] {
  const list = new Uint32Array(65536);
  const count = call.getgroups(list.length, list);
  return [...list.subarray(0, Math.max(0, count))];
}

/** Root's id is taken back first, and given up last: without it the others cannot be changed. */
function set({ call, errno }: RightsCalls, groups: readonly number[], { uid, gid }: User): void {
  const steps = [
    () => call.seteuid(0),
    () => call.setegid(gid),
    () => call.setgroups(BigInt(groups.length), new Uint32Array(groups)),
    () => call.seteuid(uid),
  ];
  for (const step of steps) {
    if (step() !== 0) throw new Error(`The rights of user ${uid} cannot be taken: ${errno()}`);
  }
}
