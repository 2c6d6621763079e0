/** The options of `run`, which are also those of what it starts. @module */
import { EVENTS, HEALTH, type OptionName } from "./options.ts";

/** In the order of the help. */
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
