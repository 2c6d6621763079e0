/** Why a directory of data cannot be renamed and replaced. @module */
import type { ReplaceFault } from "../../../core/fs_port.ts";
import { shellWord } from "../../../core/shell_word.ts";
import { directoryOf, fileIn } from "../../../core/state/paths.ts";
import { onLinux, openLibc } from "../../ffi/libc.ts";
import { calls } from "../../fs/calls.ts";
import { nodeFsModule } from "../../fs/node_calls.ts";
import { replaceFault } from "../../fs/replace_fault.ts";
import { fileMarks } from "../../linux/file_marks.ts";
import process from "../../process/process.ts";

/** {@link DataTrees.fault}. */
export function dataFaultAt(path: string): ReplaceFault | undefined {
  const marks = onLinux(() => fileMarks(openLibc("statx"), path));
  if (marks === undefined) {
    return {
      why: "the C library cannot be called",
      advice: "run the compiled boot-sentinel, or Deno with --allow-ffi",
    };
  }
  if (marks.mounted) {
    return {
      why: `${path} is a mount point, and a rename cannot replace it`,
      advice: "name a directory in it that holds the data, or take the snapshot with the tools of that file system",
    };
  }
  if (marks.immutable || marks.appendOnly) {
    return { why: `${path} is immutable or append-only`, advice: `chattr -i -a ${shellWord(path)}` };
  }
  return othersFault(directoryOf(path)) ?? overlayFault(path) ??
    replaceFault(fileIn(directoryOf(path), ".boot-sentinel-data"), path);
}

/** `statfs` of the file system that containers have as their root. */
const OVERLAY = 0x794c7630;

/** A directory of a container's image cannot be renamed. */
function overlayFault(path: string): ReplaceFault | undefined {
  if (nodeFsModule().statfsSync(path).type !== OVERLAY) return undefined;
  return {
    why: `${path} is on an overlay of a container, where directories of the image cannot be renamed`,
    advice: "keep the data in a directory on a volume, and name that: mount the volume one folder above it",
  };
}

/** Root renames only where root alone can: anybody else could put something in the place of what is renamed. */
export function othersFault(parent: string): ReplaceFault | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  for (let folder = parent;; folder = directoryOf(folder)) {
    const { mode, uid } = calls().stat(folder);
    const isSticky = (mode & 0o1000) !== 0 && folder !== parent;
    if (uid !== 0 || ((mode & 0o022) !== 0 && !isSticky)) {
      return {
        why: `others than root can write ${folder}, where the snapshot is renamed`,
        advice: "move the data to a folder of root's, such as /var/lib, or run the gate as the service's user",
      };
    }
    if (folder === "/") return undefined;
  }
}
