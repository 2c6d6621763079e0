/** Copies a directory and everything below it. @module */
import { type Fs, FsError } from "../../core/fs_port.ts";
import { fileIn } from "../../core/state/paths.ts";

/** What a copy is made of. */
type Steps = Pick<Fs, "entries" | "copy" | "symlink" | "syncDirectory" | "removeTree">;

/** How a directory is made like another one. */
interface Directories {
  begin(like: string, path: string): void;
  /** Called when it is complete: its owner may not be allowed to write in it. */
  end?(like: string, path: string): void;
}

/** {@link Fs.copyTree}, made of the other operations. */
export function cloneTree(fs: Steps, from: string, to: string, { begin, end }: Directories): void {
  try {
    copyDirectory(from, to);
  } catch (error) {
    fs.removeTree(to);
    throw error;
  }

  function copyDirectory(source: string, target: string): void {
    begin(source, target);
    for (const { name, kind, target: leadsTo = "" } of fs.entries(source)) {
      const [one, other] = [fileIn(source, name), fileIn(target, name)];
      if (kind === "directory") copyDirectory(one, other);
      else if (kind === "file") fs.copy(one, other);
      else if (kind === "link") fs.symlink(leadsTo, other);
      else throw new FsError("other", "copy", one, "it is a device, a pipe or a socket");
    }
    end?.(source, target);
    fs.syncDirectory(target);
  }
}
