/** Why a path cannot be a member. @module */
import { FsError, type ReplaceFault } from "../../fs_port.ts";
import { directoryOf } from "../../state/paths.ts";
import { shellWord } from "../../shell_word.ts";
import type { State } from "../../state/state.ts";
import { isMissing } from "../../state/state_files.ts";
import { takenPath } from "./taken_path.ts";

/** A larger file, in bytes, is not kept: members are copied while the lock is held. It can be replaced all the same. */
const SIZE_LIMIT = 16 << 20;

/**
 * Why a path cannot be a member. `never`: nothing is done there, whatever the disk is like. `now`: its disk is read-only
 * or not mounted, or this user may not write there: once that is mended, the file can be put back.
 */
export interface MemberFault extends ReplaceFault {
  readonly kind: "never" | "now";
}

/** What is wrong with a member: it cannot be put back, or what is there now cannot be kept. */
export function memberFlaw(state: State, path: string): (ReplaceFault & { readonly what: string }) | undefined {
  try {
    const fault = memberFault(state, path);
    if (fault !== undefined) return { ...fault, what: "cannot be put back" };
    const large = sizeFault(state, path);
    return large && { ...large, what: "cannot be kept" };
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    return { what: "cannot be put back", why: error.message, advice: "mend that, or remove it from the members" };
  }
}

/** Why a path cannot be a member; `undefined`: it can. Throws {@link FsError} when that cannot be found out now. */
export function memberFault(state: State, path: string): MemberFault | undefined {
  const { ports: { fs }, paths, subject } = state;
  const remove = `remove it from the members: --with ${path}`;
  const never = (why: string, advice = remove): MemberFault => ({ kind: "never", why, advice });
  const taken = takenPath(state, path);
  if (taken !== undefined) return never(`${path} ${taken}`);
  try {
    const folder = fs.info(directoryOf(path));
    // A directory beside the live release is shown as a file whose content is what it holds.
    if (folder.kind !== "directory" && folder.shallow !== true) {
      return { kind: "now", why: `${directoryOf(path)} is not a folder`, advice: remove };
    }
    if ((folder.mode & 0o022) !== 0) {
      const mode = (folder.mode & 0o7777).toString(8);
      return never(
        `others than its owner can put files in ${directoryOf(path)} (mode ${mode})`,
        `chmod go-w ${shellWord(directoryOf(path))}`,
      );
    }
    // Who can write the state says what is put at the path. Root's state may say it of a user's folder, where the work is
    // done with that user's rights.
    if (!fs.sameOwner(path, paths.record) && !fs.sameOwner(paths.record, "/")) {
      return never(
        `the state in ${paths.dir} can be changed by a user who may not change ${path}`,
        "use a --data-dir that only root can write",
      );
    }
    return specialFault(state, path) ?? nowFault(fs.replaceFault(path, subject.dataDir, true));
  } catch (error) {
    if (!(error instanceof FsError) || error.code !== "notFound") throw error;
    return nowFault({
      why: `${directoryOf(path)} does not exist`,
      advice: `mount its disk, or make it: mkdir ${shellWord(directoryOf(path))}`,
    });
  }
}

/** The error of a member that cannot be put in place now. */
export function cannotReplace(path: string, { why, advice }: ReplaceFault): FsError {
  return new FsError("other", "replace", path, `${why}; ${advice}`);
}

/** What is said of a member that is not put in place. */
export function leftAsItIs(path: string, { why, advice }: ReplaceFault): string {
  return `${path} stays as it is: ${why}; ${advice}`;
}

function nowFault(fault: ReplaceFault | undefined): MemberFault | undefined {
  return fault && { kind: "now", ...fault };
}

/** What is at the path is no file that can be replaced. */
function specialFault({ ports: { fs } }: State, path: string): MemberFault | undefined {
  if (fs.linkTarget(path) !== undefined) {
    const why = `${path} is a symbolic link, which is not followed`;
    return { kind: "never", why, advice: "name the file that it leads to" };
  }
  try {
    const { kind, shallow } = fs.info(path);
    if (kind === "file" && shallow !== true) return undefined;
    return { kind: "never", why: `${path} is not a regular file`, advice: "name a regular file" };
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return undefined;
    throw error;
  }
}

/** Why a regular file cannot be kept, neither as a member nor as the new file of one; `undefined`: it can. */
export function sizeFault({ ports: { fs } }: State, path: string): MemberFault | undefined {
  if (isMissing(fs, path) || fs.info(path).size <= SIZE_LIMIT) return undefined;
  return { kind: "never", why: `${path} is larger than 16 MiB`, advice: "name smaller files" };
}
