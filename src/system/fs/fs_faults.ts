/** Errors of `node:fs`, translated once. @module */
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
  // The limit on file sizes (RLIMIT_FSIZE): to the writer it is a full disk.
  EFBIG: "noSpace",
  EROFS: "readOnly",
  EXDEV: "crossDevice",
  ENOTSUP: "unsupported",
  EOPNOTSUPP: "unsupported",
  ENOSYS: "unsupported",
  // The file has as many names as its file system allows.
  EMLINK: "unsupported",
};

/** A file verb: what its action throws comes out as an {@link FsError} that says `Cannot <name> <path>`. */
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

/** The errno's name of an error of `node:fs`, where it has one. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

function faultOf(error: unknown): FsFault {
  // Deno without --allow-read or --allow-write: an error of its own that has no code.
  if (error instanceof Error && error.name === "NotCapable") return "denied";
  return faults[errnoOf(error) ?? ""] ?? "other";
}
