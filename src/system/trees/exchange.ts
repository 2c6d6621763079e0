/** Swaps two names. @module */
import { FsError } from "../../core/fs_port.ts";
import { cString } from "../ffi/bytes.ts";
import { onLinux, openLibc } from "../ffi/libc.ts";
import { AT_FDCWD, RENAME_EXCHANGE } from "../linux/abi.ts";
import { withRightsAtBoth } from "../linux/owner_rights.ts";

/** {@link Fs.exchange}: the kernel's, which NFS and some others do not have. */
export function exchange(other: string, one: string): void {
  const libc = onLinux(() => openLibc("renameat2"));
  const unsupported = () => new FsError("unsupported", "exchange", other);
  if (libc === undefined) throw unsupported();
  withRightsAtBoth("exchange", one, other, () => {
    if (libc.call.renameat2(AT_FDCWD, cString(one), AT_FDCWD, cString(other), RENAME_EXCHANGE) === 0) return;
    const code = libc.errno();
    // EINVAL: the file system does not know the flag.
    if (code === "EINVAL") throw unsupported();
    throw Object.assign(new Error(`${code}: renameat2 '${one}' -> '${other}'`), { code });
  });
}
