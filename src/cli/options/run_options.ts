/** The options of `run`, which are also those of what it starts. @module */
import { EVENTS, HEALTH, type OptionName } from "./options.ts";

/** In the order of the help. */
export const RUN_OPTIONS: readonly OptionName[] = [
  "after-rollback",
  "confirm",
  ...HEALTH,
  "supervise",
  "restart",
  "stop-timeout",
  "exit-ok",
  "nofile",
  "log-file",
  "breakaway",
  "event-source",
  "after-rollback-hook",
  "data-hook-timeout",
  ...EVENTS,
];
