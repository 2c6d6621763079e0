/** What the core is told of a file. @module */
import type { FileInfo } from "../../core/fs_port.ts";
import { directoryOf } from "../../core/state/paths.ts";
import process from "../process/process.ts";
import { calls } from "./calls.ts";
import { identityOf, isSettled, stampOf, type Stat } from "./file_calls.ts";
import { isPosix } from "./files.ts";
import { nodeFsModule } from "./node_calls.ts";

/**
 * The facts of a file that `stat` described. What most callers do not ask for is computed when it is asked for.
 *
 * @param link The path itself is a symbolic link; `stat` describes what it leads to.
 */
export function infoOf(stat: Stat, path: string, link = false): FileInfo {
  return {
    link,
    kind: stat.kind === "file" || stat.kind === "directory" ? stat.kind : "other",
    size: stat.size,
    get inode() {
      return `${stat.dev}:${stat.ino}${stat.kind === "directory" ? `:${bornAt(path)}` : ""}`;
    },
    links: stat.nlink,
    // Windows has access lists; the mode bits for group and others have no meaning there.
    mode: isPosix ? stat.mode : stat.mode & 0o700,
    ...(isPosix ? { owner: `${stat.uid}:${stat.gid}` } : {}),
    stamp: stampOf(stat),
    get identity() {
      return identityOf(stat);
    },
    get settled() {
      return isSettled(stat);
    },
    get trusted() {
      return !isPosix || hasTrustedOwner(stat, path);
    },
  };
}

/** When a directory was made, in ms: file systems give the inode number of a removed one to the next at once. */
function bornAt(path: string): bigint {
  return nodeFsModule().statSync(path, { bigint: true }).birthtimeNs / 1_000_000n;
}

function hasTrustedOwner({ uid }: Stat, path: string): boolean {
  return uid === 0 || uid === calls().stat(directoryOf(path)).uid || uid === process.geteuid?.();
}
