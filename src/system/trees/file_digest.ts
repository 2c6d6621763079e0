/** The digest of a file in a tree. @module */
import type { TreeEntry } from "../../core/fs_port.ts";
import { calls } from "../fs/calls.ts";
import { stampOf } from "../fs/file_calls.ts";
import { CHUNK, OPEN } from "../fs/files.ts";
import { sha256 } from "../fs/sha256.ts";
import { withRightsIn } from "../linux/owner_rights.ts";

// One for all small files: a new one for each keeps the garbage collector busy.
let small: Uint8Array | undefined;
const SMALL = 64 * 1024;

/**
 * The sha256 of a file, if it is still the one that its directory was seen to have; else `undefined`. With many files
 * the number of calls for each is what takes the time: the file is not looked at before it is read.
 */
export function fileDigest(path: string, { name, size, stamp }: TreeEntry): string | undefined {
  const fd = withRightsIn(path.slice(0, -name.length - 1), () => calls().open(path, OPEN.read | OPEN.noFollow));
  try {
    const hash = sha256();
    const buffer = size > SMALL ? new Uint8Array(Math.min(size, CHUNK)) : small ??= new Uint8Array(SMALL);
    for (let left = size; left > 0;) {
      const read = calls().read(fd, buffer, null);
      if (read === 0) break;
      hash.update(read < buffer.length ? buffer.subarray(0, read) : buffer);
      left -= read;
    }
    return stampOf(calls().fstat(fd)) === stamp ? hash.digest("hex") : undefined;
  } finally {
    calls().close(fd);
  }
}
