/** Extended attributes on Linux: capabilities, access lists, SELinux labels. @module */
import { cString, textOf } from "../ffi/bytes.ts";
import { type Libc, openLibc } from "../ffi/libc.ts";

// The kernel's limits (XATTR_LIST_MAX, XATTR_SIZE_MAX). With buffers of this size the lengths need not be queried
// first.
const LIST_MAX = 65536;
const VALUE_MAX = 65536;

/**
 * Copies the extended attributes of one file to another. If one of them cannot be copied (no permission, or not
 * supported by the target's file system), the others are copied all the same. Returns the names that were not copied.
 *
 * Call it after `chown`, which removes capabilities.
 *
 * @throws {FfiUnavailable} Foreign functions cannot be called.
 */
export function copyXattrs(from: string, to: string): string[] {
  const libc = openLibc("listxattr", "getxattr", "setxattr");
  const [source, target] = [cString(from), cString(to)];
  const value = new Uint8Array(VALUE_MAX);
  return listXattrs(libc, source).filter((name) => {
    const key = cString(name);
    const length = Number(libc.call.getxattr(source, key, value, BigInt(VALUE_MAX)));
    return length < 0 || libc.call.setxattr(target, key, value, BigInt(length), 0) !== 0;
  });
}

function listXattrs(libc: Libc<"listxattr">, source: Uint8Array): string[] {
  const list = new Uint8Array(LIST_MAX);
  const length = Number(libc.call.listxattr(source, list, BigInt(LIST_MAX)));
  // 0, or an error: a file system without extended attributes reports ENOTSUP.
  if (length <= 0) return [];
  const names = textOf(list.subarray(0, length)).split("\0").filter((name) => name !== "");
  // Capabilities are set last: setting another attribute could remove them again.
  const late = (name: string) => Number(name === "security.capability");
  return names.sort((a, b) => late(a) - late(b));
}
