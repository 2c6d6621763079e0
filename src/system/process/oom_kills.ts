/** Asks the kernel for the processes that it has killed for lack of memory. @module */
import { procText } from "../linux/proc.ts";

/** How many processes were killed in the control group of this process; `undefined` where that is not known. */
export function oomKills(read: (path: string) => string | undefined = procText): number | undefined {
  const group = /^0::(.*)$/m.exec(read("/proc/self/cgroup") ?? "")?.[1];
  if (group === undefined) return undefined;
  const events = read(`/sys/fs/cgroup${group === "/" ? "" : group}/memory.events`);
  const count = /^oom_kill (\d+)$/m.exec(events ?? "")?.[1];
  return count === undefined ? undefined : Number(count);
}
