/** What can be done to a guarded program. Not for the gate, which does one thing and loads no more than that. @module */
import { BootSentinel } from "../system/boot_sentinel.ts";
import { type Context, subjectFrom } from "./command.ts";

/** The sentinel of the program that the settings name. */
export function sentinelOf(context: Context): BootSentinel {
  return new BootSentinel(subjectFrom(context), context.ports);
}
