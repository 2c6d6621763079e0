/** Which processes of this machine run. @module */
import type { Processes } from "../../core/ports.ts";
import { processFacts } from "./proc.ts";
import process from "../process/process.ts";

let own: string | undefined;

/** Processes by their id and start time, which both stay when a process replaces itself by a program. */
export const linuxProcesses: Processes = {
  self() {
    const start = own === undefined ? processFacts("self")?.start : undefined;
    return own ??= start === undefined ? undefined : `${process.pid}:${start}`;
  },
  isAlive(id) {
    const [pid = "", start = ""] = id.split(":");
    const facts = /^\d+$/.test(pid) ? processFacts(Number(pid)) : undefined;
    return facts !== undefined && facts.start === start && !facts.zombie;
  },
};
