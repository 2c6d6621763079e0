/** Translates the errors of file system calls to {@link FsError}. @module */
import { FsError, type FsFault } from "../../core/ports.ts";

const faults: Readonly<Record<string, FsFault>> = {
  ENOENT: "notFound",
  ENOTDIR: "notFound",
  EEXIST: "exists",
  EACCES: "denied",
  EPERM: "denied",
  EBUSY: "busy",
  ETXTBSY: "busy",
  ENOSPC: "noSpace",
  EDQUOT: "noSpace",
  // The limit of file sizes (RLIMIT_FSIZE) is handled as a full disk.
  EFBIG: "noSpace",
  EROFS: "readOnly",
  EXDEV: "crossDevice",
  ENOTSUP: "unsupported",
  EOPNOTSUPP: "unsupported",
  ENOSYS: "unsupported",
  // The file has the maximum number of hard links.
  EMLINK: "unsupported",
};

/** Makes a file operation: errors of its action are translated to an {@link FsError} with `Cannot <name> <path>`. */
export function verb<A extends readonly unknown[], T>(
  name: string,
  action: (path: string, ...values: A) => T,
): (path: string, ...values: A) => T {
  return (path, ...values) => {
    try {
      return action(path, ...values);
    } catch (error) {
      if (error instanceof FsError) throw error;
      throw new FsError(faultOf(error), name, path, error);
    }
  };
}

/** The name of the errno of an error, if it has one. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** The fault that an error of the system stands for. */
export function faultOf(error: unknown): FsFault {
  // Deno without --allow-read or --allow-write throws an error without a code.
  if (error instanceof Error && error.name === "NotCapable") return "denied";
  return faults[errnoOf(error) ?? ""] ?? "other";
}
