/** The options of `run`. Its watcher and `service install` have them, too. @module */
import { EVENTS, HEALTH, type OptionName } from "./options.ts";

/** The options, in the order of the help. */
export const RUN_OPTIONS: readonly OptionName[] = [
  "afterRollback",
  "confirm",
  ...HEALTH,
  "supervise",
  "restart",
  "stopTimeout",
  "exitOk",
  "nofile",
  "logFile",
  "breakaway",
  "eventSource",
  "afterRollbackHook",
  "dataHookTimeout",
  ...EVENTS,
];
