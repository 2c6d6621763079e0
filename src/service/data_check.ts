/** Can a snapshot of the service's data be taken and put back? @module */
import { dataFault, dataPath } from "../core/data/data_place.ts";
import { subjectOf } from "../core/sentinel_options.ts";
import { State } from "../core/state/state.ts";
import { bad, type ExaminedPlace, type Finding, good, note } from "./doctor/check.ts";
import { sizeValue } from "./size.ts";

/** The directory can be renamed, and what is in it is shared or within the budget now. */
export function dataCheck({ target, machine: { ports } }: ExaminedPlace): Finding[] {
  const { exe, dataDir, data } = target;
  if (data === undefined) return [];
  const state = new State(ports, subjectOf({ exe, dataDir, data }));
  const path = dataPath(state);
  if (path === undefined || !state.has(path)) {
    return [note("data", "data-missing", `${data.path} (--data) is not there yet: there is nothing to keep`)];
  }
  const fault = dataFault(state, path);
  if (fault !== undefined || ports.trees === undefined) {
    const text = `no snapshot of ${path} (--data) can be taken: ${fault?.why}`;
    return [bad("data", "data-unsafe", text, fault?.advice ?? "leave --data out")];
  }
  const { bytes, files, isShared, leftOut } = ports.trees.survey(path);
  const without = leftOut === 0 ? "" : `, without ${leftOut} sockets, pipes or devices`;
  const what = `${path} has ${bytes} bytes in ${files} files`;
  if (isShared) return [good("data", `${what}: a snapshot shares their blocks${without}`)];
  if (bytes <= data.budget) {
    return [good("data", `${what}: they are copied, --data-budget is ${sizeValue(data.budget)}${without}`)];
  }
  const text = `${what}, more than --data-budget ${sizeValue(data.budget)}, and its file system shares no blocks: ` +
    "no snapshot would be taken";
  return [
    bad("data", "data-above-budget", text, `--data-budget ${sizeValue(bytes)} or more, or move it to Btrfs or XFS`),
  ];
}
