/** Whether the system lets this process replace a file by a rename. Nothing is tried, and nothing is changed. @module */
import { FsError, type ReplaceFault } from "../../core/fs_port.ts";
import { shellWord } from "../../core/shell_word.ts";
import { directoryOf, fileIn, nameOf } from "../../core/state/paths.ts";
import { cString } from "../ffi/bytes.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { type Libc, openLibc } from "../ffi/libc.ts";
import { AT_EACCESS, AT_FDCWD, W_OK, X_OK } from "../linux/abi.ts";
import { type FileMarks, fileMarks } from "../linux/file_marks.ts";
import { withRightsAt } from "../linux/owner_rights.ts";
import { isPermitted } from "../process/permission.ts";
import process from "../process/process.ts";
import { isDeno } from "../process/runtime.ts";
import { calls } from "./calls.ts";
import { errnoOf } from "./fs_faults.ts";
import { nodeFsModule } from "./node_calls.ts";
import { resolvePath } from "./resolve_path.ts";

/** The C library's functions that tell it. They are bound when they are needed: a boot does not need them. */
type Asked = Libc<"statx" | "faccessat">;

/** {@link Fs.replaceFault}. */
export function replaceFault(path: string, dataDir: string, isLink = false): ReplaceFault | undefined {
  if (process.platform === "win32") return undefined;
  try {
    const file = isLink ? fileIn(resolvePath(directoryOf(path)), nameOf(path)) : resolvePath(path);
    const libc = functions();
    return (libc && marked(libc, file)) ?? accessFault(libc, directoryOf(file), file, dataDir);
  } catch (error) {
    if (error instanceof FsError) {
      return { why: error.message, advice: "name it by a path that leads through no other user's links" };
    }
    // Its folder is missing, or lies where this user may not look.
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

function marked(libc: Asked, file: string): ReplaceFault | undefined {
  const folder = directoryOf(file);
  const marks = fileMarks(libc, file);
  return markFault(fileMarks(libc, folder), folder) ?? markFault(marks, file) ?? mountFault(marks, file);
}

function functions(): Asked | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return openLibc("statx", "faccessat");
  } catch (error) {
    if (!(error instanceof FfiUnavailable)) throw error;
    return undefined;
  }
}

/** A file or folder with such a mark cannot be renamed over or in, not even by root. */
function markFault({ immutable, appendOnly }: FileMarks, path: string): ReplaceFault | undefined {
  const marks = [...immutable ? [["immutable", "-i"]] : [], ...appendOnly ? [["append-only", "-a"]] : []];
  if (marks.length === 0) return undefined;
  return {
    why: `${path} is ${marks.map(([name]) => name).join(" and ")}`,
    advice: `chattr ${marks.map(([, flag]) => flag).join(" ")} ${shellWord(path)}`,
  };
}

/** A file on which another one was mounted, as containers do with a single file of the host. */
function mountFault({ mounted }: FileMarks, path: string): ReplaceFault | undefined {
  if (!mounted) return undefined;
  return {
    why: `${path} is a mount point`,
    advice: `mount the folder ${directoryOf(path)} instead of the single file`,
  };
}

function accessFault(
  libc: Asked | undefined,
  folder: string,
  file: string,
  dataDir: string,
): ReplaceFault | undefined {
  const errno = writeFault(libc, folder, file);
  if (errno === "EROFS") {
    return {
      why: `${folder} is on a read-only file system`,
      advice: `mount -o remount,rw "$(findmnt -no TARGET -T ${shellWord(folder)})"   (in a unit: ReadWritePaths=)`,
    };
  }
  const user = effectiveUser();
  const isActor = user === 0 || (user !== undefined && calls().stat(dataDir).uid === user);
  if (!isActor) return undefined;
  const advice = `run the gate as root, or as the owner of ${folder}`;
  const { mode, uid } = calls().stat(folder);
  if (errno === undefined) {
    const isKept = (mode & 0o1000) !== 0 && ![0, uid, calls().lstat(file)?.uid ?? user].includes(user);
    return isKept ? { why: `${folder} is sticky, and another user owns ${file}`, advice } : undefined;
  }
  if (errno !== "EACCES") return { why: errno, advice: `give the folders above ${folder} to its owner` };
  if ((mode & 0o300) !== 0o300) {
    return { why: `not even its owner may write ${folder}`, advice: `chmod u+wx ${shellWord(folder)}` };
  }
  // Root works there with the rights of the user who owns a folder above it.
  return user === 0
    ? {
      why: `a folder above ${folder} belongs to a user who may not write it`,
      advice: `give the folders above ${folder} to its owner`,
    }
    : { why: `this user may not write ${folder}`, advice };
}

/**
 * The error with which a file in the folder would be replaced: the name of an errno, or a sentence where root refuses
 * to work. Asked with the rights with which root works in that folder.
 */
function writeFault(libc: Asked | undefined, folder: string, file: string): string | undefined {
  if (libc === undefined) return withoutLibrary(folder);
  try {
    return withRightsAt(file, () => {
      const code = libc.call.faccessat(AT_FDCWD, cString(folder), W_OK | X_OK, AT_EACCESS);
      return code === 0 ? undefined : writeError(libc.errno());
    });
  } catch (error) {
    if (error instanceof FsError) return error.message;
    throw error;
  }
}

function withoutLibrary(folder: string): string | undefined {
  // Deno compares the mode with this user only, and knows no groups and no read-only file systems.
  if (isDeno) return undefined;
  try {
    nodeFsModule().accessSync(folder, W_OK | X_OK);
    return undefined;
  } catch (error) {
    return writeError(errnoOf(error));
  }
}

/** Other errors, such as those of an old kernel, tell nothing. */
function writeError(errno: string | undefined): string | undefined {
  return errno === "EROFS" || errno === "EACCES" ? errno : undefined;
}

/** `undefined` when Deno may not tell. */
function effectiveUser(): number | undefined {
  return isPermitted({ name: "sys", kind: "uid" }) ? process.geteuid?.() : undefined;
}
