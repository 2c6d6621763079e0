/**
 * A folder by its descriptor. Names in it are reached through `/proc/self/fd`, which is what `openat` does: whoever may
 * rename things there, a path leads nowhere else meanwhile. So root can work in the folders of other users.
 *
 * @module
 */
import type { BigIntStats } from "node:fs";
import { FsError } from "../../core/fs_port.ts";
import { nodeFsModule } from "../fs/node_calls.ts";
import { O_DIRECTORY, O_NOFOLLOW } from "../linux/abi.ts";

/** An open folder. */
export interface Folder {
  readonly fd: number;
  /** The path of a name in it, while it is open. */
  at(name: string): string;
}

/** Opens, uses and closes a folder. Throws when the last part of the path is a link. */
export function withFolder<T>(path: string, use: (folder: Folder) => T): T {
  const { openSync, closeSync } = nodeFsModule();
  const fd = openSync(path, O_DIRECTORY | O_NOFOLLOW);
  try {
    return use({ fd, at: (name) => `/proc/self/fd/${fd}/${name}` });
  } finally {
    closeSync(fd);
  }
}

/** The names in a folder, and what has them. */
export function* entriesOf(folder: Folder): Generator<readonly [name: string, stat: BigIntStats]> {
  const { lstatSync, readdirSync } = nodeFsModule();
  for (const name of readdirSync(folder.at(".")).sort()) {
    // A name that is not UTF-8 was read with this in the place of what could not be.
    if (name.includes("\ufffd")) throw new FsError("other", "read", name, `the name ${name} is not UTF-8`);
    yield [name, lstatSync(folder.at(name), { bigint: true })];
  }
}

/** Removes everything in a folder. */
export function emptyFolder(folder: Folder): void {
  const { rmdirSync, unlinkSync } = nodeFsModule();
  for (const [name, stat] of entriesOf(folder)) {
    const path = folder.at(name);
    if (!stat.isDirectory()) {
      unlinkSync(path);
      continue;
    }
    withFolder(path, emptyFolder);
    rmdirSync(path);
  }
}
