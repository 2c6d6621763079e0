/** The doctor: all checks, the most important first. @module */
import { messageOf } from "../../core/errors.ts";
import { gateCheck, generationsCheck, lastGoodCheck, programCheck, quarantineCheck } from "./build_checks.ts";
import { bad, type Check, type Examined, type Finding } from "./check.ts";
import { configCheck, environmentCheck, ffiCheck } from "./machine_checks.ts";
import { accessCheck, lockCheck, programFolderCheck, stateFilesCheck, writableCheck } from "./place_checks.ts";

/** The checks, by the name under which a check that throws is reported. */
export const CHECKS: Readonly<Record<string, Check>> = {
  "configuration": configCheck,
  "environment": environmentCheck,
  "program": programCheck,
  "program dir": programFolderCheck,
  "data dir": writableCheck,
  "state files": stateFilesCheck,
  "last-good": lastGoodCheck,
  "older builds": generationsCheck,
  "gate": gateCheck,
  "quarantine": quarantineCheck,
  "lock": lockCheck,
  "access": accessCheck,
  "system calls": ffiCheck,
};

/** Runs all checks. */
export function examine(examined: Examined, checks: Readonly<Record<string, Check>> = CHECKS): Finding[] {
  return Object.entries(checks).flatMap(([name, check]) => {
    try {
      return check(examined);
    } catch (error) {
      return bad(name, "check-failed", `it cannot be checked: ${messageOf(error)}`, "run this as the service's user");
    }
  });
}
