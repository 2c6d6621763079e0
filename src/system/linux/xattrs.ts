/** Extended attributes on Linux: capabilities, access lists, SELinux labels. @module */
import { cString, textOf } from "../ffi/bytes.ts";
import { type Libc, openLibc } from "../ffi/libc.ts";

// The kernel's limits (XATTR_LIST_MAX, XATTR_SIZE_MAX). With buffers of this size the lengths need not be queried
// first.
const LIST_MAX = 65536;
const VALUE_MAX = 65536;

/** Attributes that belong to the bytes of a file: signatures and checksums of them, and what users note about them. */
const OF_BYTES = /^(security\.(ima|evm)$|user\.)/;

/**
 * Copies extended attributes between open files: those of the bytes from one, the rights from another. If one of them
 * cannot be copied (no permission, or not supported by the target's file system), the others are copied all the same.
 * Returns the names that were not copied.
 *
 * Call it after `chown`, which removes capabilities.
 *
 * @throws {FfiUnavailable} Foreign functions cannot be called.
 */
export function copyXattrs(from: { readonly bytes: number; readonly rights: number }, target: number): string[] {
  const libc = openLibc("flistxattr", "fgetxattr", "fsetxattr");
  const value = new Uint8Array(VALUE_MAX);
  const copy = (source: number, isWanted: (name: string) => boolean) =>
    listXattrs(libc, source).filter(isWanted).filter((name) => {
      const key = cString(name);
      const length = Number(libc.call.fgetxattr(source, key, value, BigInt(VALUE_MAX)));
      return length < 0 || libc.call.fsetxattr(target, key, value, BigInt(length), 0) !== 0;
    });
  return [
    ...copy(from.bytes, (name) => OF_BYTES.test(name)),
    // Last: setting another attribute could remove capabilities again.
    ...copy(from.rights, (name) => !OF_BYTES.test(name)),
  ];
}

function listXattrs(libc: Libc<"flistxattr">, source: number): string[] {
  const list = new Uint8Array(LIST_MAX);
  const length = Number(libc.call.flistxattr(source, list, BigInt(LIST_MAX)));
  // 0, or an error: a file system without extended attributes reports ENOTSUP.
  if (length <= 0) return [];
  const names = textOf(list.subarray(0, length)).split("\0").filter((name) => name !== "");
  const late = (name: string) => Number(name === "security.capability");
  return names.sort((a, b) => late(a) - late(b));
}
