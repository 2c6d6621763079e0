/** Extended attributes on Linux: capabilities, access lists, labels. @module */
import { cString, textOf } from "../ffi/bytes.ts";
import { type Libc, openLibc } from "../ffi/libc.ts";

// The kernel's own limits (XATTR_LIST_MAX, XATTR_SIZE_MAX): one call each, and no race between asking and reading.
const LIST_MAX = 65536;
const VALUE_MAX = 65536;

/**
 * Copies the extended attributes of one file to another; the names that could not be copied come back. One attribute
 * that is refused (no permission, no support on the target's file system) does not stop the others.
 *
 * Call it after `chown`, which drops capabilities.
 *
 * @throws {FfiUnavailable} When foreign functions cannot be called.
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
  // A file system without attributes says ENOTSUP: there is nothing to copy.
  if (length <= 0) return [];
  const names = textOf(list.subarray(0, length)).split("\0").filter((name) => name !== "");
  // Setting any other attribute could drop the capabilities again.
  const late = (name: string) => Number(name === "security.capability");
  return names.sort((a, b) => late(a) - late(b));
}
