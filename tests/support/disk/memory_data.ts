/** Directories of data over a file system in memory, or a faulty one. @module */
import { type DataTrees, type Fs, FsError, type ReplaceFault } from "../../../src/core/ports.ts";
import { directoryOf, fileIn } from "../../../src/core/state/paths.ts";

/** What is so of the data. */
export interface MemoryData {
  /** Blocks can be shared. */
  isShared?: boolean;
  user?: string | undefined;
  fault?: ReplaceFault | undefined;
}

/** {@link DataTrees}, made of the file system's own operations. */
export function memoryData(fs: Fs, facts: MemoryData = {}): DataTrees {
  const survey = (path: string): { bytes: number; files: number } =>
    fs.entries(path).reduce((sum, { name, kind, size }) => {
      const found = kind === "directory" ? survey(fileIn(path, name)) : { bytes: size, files: 1 };
      return { bytes: sum.bytes + found.bytes, files: sum.files + found.files };
    }, { bytes: 0, files: 0 });
  const isShared = facts.isShared === true;

  function copyInto(from: string, to: string): void {
    fs.makeDirectory(to);
    for (const { name, kind } of fs.entries(from)) {
      const [source, target] = [fileIn(from, name), fileIn(to, name)];
      if (kind === "directory") copyInto(source, target);
      else fs.copy(source, target);
    }
  }

  function remove(path: string): void {
    if (!exists(fs, path)) return;
    for (const { name, kind } of fs.entries(path)) {
      if (kind === "directory") remove(fileIn(path, name));
      else fs.remove(fileIn(path, name));
    }
    fs.removeDirectory(path);
  }

  return {
    fault: () => facts.fault,
    userOf: () => facts.user,
    survey: (path) => ({ ...survey(path), isShared, leftOut: 0 }),
    copy(from, to, budget) {
      const size = survey(from);
      if (!isShared && size.bytes > budget) throw new FsError("noSpace", "copy", from, "it is above the budget");
      copyInto(from, to);
      fs.syncTree(to);
      return { ...size, isShared, leftOut: 0 };
    },
    rename(from, to) {
      if (exists(fs, to)) throw new FsError("exists", "move", to);
      fs.rename(from, to);
      fs.syncDirectory(directoryOf(to));
    },
    remove,
  };
}

function exists(fs: Fs, path: string): boolean {
  try {
    fs.info(path);
    return true;
  } catch {
    return false;
  }
}
