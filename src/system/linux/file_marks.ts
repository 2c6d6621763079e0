/** Marks of a file that forbid to replace it, even to root. @module */
import { cString } from "../ffi/bytes.ts";
import type { Libc } from "../ffi/libc.ts";
import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  STATX_ATTR_APPEND,
  STATX_ATTR_IMMUTABLE,
  STATX_ATTR_MOUNT_ROOT,
  STATX_BASIC_STATS,
} from "./abi.ts";

/** What `statx` says of a file, as far as its file system tells it. */
export interface FileMarks {
  /** `chattr +i` */
  readonly immutable: boolean;
  /** `chattr +a` */
  readonly appendOnly: boolean;
  /** Another file or file system is mounted on this very name. */
  readonly mounted: boolean;
}

/** The marks of a file, links not followed; none where they cannot be read. */
export function fileMarks({ call }: Libc<"statx">, path: string): FileMarks {
  // struct statx: the 64 bits of stx_attributes, and of stx_attributes_mask
  const fields = new BigUint64Array(32);
  const code = call.statx(AT_FDCWD, cString(path), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, fields);
  const marks = code === 0 ? (fields[1] ?? 0n) & (fields[7] ?? 0n) : 0n;
  return {
    immutable: (marks & STATX_ATTR_IMMUTABLE) !== 0n,
    appendOnly: (marks & STATX_ATTR_APPEND) !== 0n,
    mounted: (marks & STATX_ATTR_MOUNT_ROOT) !== 0n,
  };
}
