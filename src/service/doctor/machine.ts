/** The machine that the doctor examines. @module */
import type { Ports } from "../../core/ports.ts";
import { writersAt } from "../../system/fs/access.ts";
import { diskRoom, fileFacts } from "../../system/fs/disk_facts.ts";
import { addressesOf, isOwnAddress, listenersOn, processesIn, socketsOf } from "../../system/process/listeners.ts";
import { rootFault } from "../../system/process/root_faults.ts";
import { thisUser } from "../../system/linux/this_user.ts";
import type { Machine } from "./check.ts";

/** This machine. */
export function doctorMachine(ports: Ports, io: Machine["io"]): Machine {
  const facts = {
    rootFault,
    diskRoom,
    fileFacts,
    addressesOf,
    isOwnAddress,
    listenersOn,
    processesIn,
    socketsOf,
  };
  return { ports, io, user: thisUser(), writersAt, facts };
}
