/** Directories of data on Linux. @module */
import type { DataTrees } from "../../../core/data/data_port.ts";
import { FsError } from "../../../core/fs_port.ts";
import { directoryOf } from "../../../core/state/paths.ts";
import { verb } from "../../fs/fs_faults.ts";
import { nodeFsModule } from "../../fs/node_calls.ts";
import { copyData } from "./data_copy.ts";
import { dataFaultAt, othersFault } from "./data_fault.ts";
import { surveyData } from "./data_survey.ts";
import { userOf } from "./data_users.ts";
import { emptyFolder, withFolder } from "../folder.ts";

/** {@link DataTrees} of this machine. */
export const linuxDataTrees: DataTrees = {
  fault: verb("inspect", dataFaultAt),
  userOf: verb("see who uses", userOf),
  survey: verb("read", (path) => {
    const { bytes, files, isShared, leftOut } = surveyData(path);
    return { bytes, files, isShared, leftOut };
  }),
  copy: verb("copy", (from: string, to: string, budget: number) => {
    refuseOthers("copy", from);
    return copyData(from, to, budget);
  }),
  rename: verb("move", rename),
  remove: verb("remove", remove),
};

/** Asked again at each step, whatever a state says: the folder can be another one since. */
function refuseOthers(what: string, path: string): void {
  const fault = othersFault(directoryOf(path));
  if (fault !== undefined) throw new FsError("denied", what, path, fault.why);
}

function rename(from: string, to: string): void {
  refuseOthers("move", from);
  const { fsyncSync, lstatSync, renameSync } = nodeFsModule();
  if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) throw new FsError("exists", "move", to);
  renameSync(from, to);
  withFolder(directoryOf(to), ({ fd }) => fsyncSync(fd));
}

function remove(path: string): void {
  refuseOthers("remove", path);
  const { lstatSync, rmdirSync } = nodeFsModule();
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  withFolder(path, emptyFolder);
  rmdirSync(path);
}
