/** How `run` judges a boot. @module */
import { boot } from "../../core/gate/boot.ts";
import type { BootOutcome } from "../../core/gate/outcome.ts";
import { STEADY } from "../../core/gate/steady.ts";
import type { Ports } from "../../core/ports.ts";
import type { Subject } from "../../core/subject.ts";

/** What is judged at a start. */
export interface Guarded {
  readonly subject: Subject;
  /** Why nothing is guarded; `undefined` when something is. */
  readonly unguarded: string | undefined;
}

/** Judges a boot. `startFault`: why the program could not be started, if that was tried just now. */
export type Gate = (startFault?: string) => BootOutcome;

/** The gate of a start. What is not guarded is started as it is, and that is said. */
export function gateOf({ subject, unguarded }: Guarded, ports: Ports): Gate {
  return (startFault) => {
    if (unguarded !== undefined) {
      if (startFault === undefined) ports.log("warn", `Not guarded: ${unguarded}; it is started as it is`);
      return STEADY;
    }
    // That the interpreter cannot be started says nothing about the file that it reads.
    return startFault !== undefined && subject.isStarted === false ? STEADY : boot(ports, subject, startFault);
  };
}
