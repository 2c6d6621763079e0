/** Removes a directory and all in it. @module */
import { isPosix } from "../fs/files.ts";
import { calls } from "../fs/calls.ts";
import { errnoOf, verb } from "../fs/fs_faults.ts";
import { nodeFsModule } from "../fs/node_calls.ts";
import { directoryOf, fileIn } from "../../core/state/paths.ts";
import { withRightsIn } from "../linux/owner_rights.ts";

/**
 * Removes a tree without following links, also where the modes of its directories forbid it to their owner. A missing
 * one is no error.
 *
 * @throws {FsError} Something in it cannot be removed; the rest of it is left.
 */
export const removeTree: (path: string) => void = verb("remove", remove);

function remove(path: string): void {
  const stat = calls().lstat(path);
  if (stat?.kind === "directory") removeDirectory(path, stat.mode);
  else if (stat !== undefined) withRightsIn(directoryOf(path), () => removeFile(path));
}

/**
 * Each directory is emptied with the rights of whoever owns it: a service may have folders of its own in a release, and
 * put a link in the place of one while root works there.
 */
function removeDirectory(path: string, mode: number): void {
  const below: string[] = [];
  let isReadable = true;
  ignoringMissing(() =>
    withRightsIn(path, () => {
      if (isPosix && (mode & 0o700) !== 0o700) nodeFsModule().chmodSync(path, 0o700);
      for (const entry of nodeFsModule().readdirSync(path, { withFileTypes: true })) {
        const child = fileIn(path, entry.name);
        if (entry.name.includes("\ufffd")) isReadable = false;
        if (entry.isDirectory()) below.push(child);
        else removeFile(child);
      }
    })
  );
  for (const child of below) remove(child);
  if (!isReadable) withRightsIn(path, () => removeUnreadable(path));
  withRightsIn(directoryOf(path), () => ignoringMissing(() => nodeFsModule().rmdirSync(path)));
}

/** Removes what has names that are no UTF-8: only the runtime itself knows them. */
function removeUnreadable(path: string): void {
  try {
    nodeFsModule().rmSync(path, { recursive: true, force: true });
  } catch {
    // The directory itself may be another user's to remove. What else is left is told when that is done.
  }
}

function removeFile(path: string): void {
  ignoringMissing(() => {
    try {
      calls().unlink(path);
    } catch (error) {
      if (isPosix || !["EPERM", "EACCES"].includes(errnoOf(error) ?? "")) throw error;
      nodeFsModule().chmodSync(path, 0o666); // Windows removes no file that is marked as read-only
      calls().unlink(path);
    }
  });
}

function ignoringMissing(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
