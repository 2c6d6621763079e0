/**
 * The `BootSentinel` of a command. The gate does not use this: loading the whole class would delay a service's start.
 *
 * @module
 */
import { BootSentinel } from "../system/boot_sentinel.ts";
import { type Context, subjectFrom } from "./command.ts";

/** The sentinel of the program that the settings name. */
export function sentinelOf(context: Context): BootSentinel {
  return new BootSentinel(subjectFrom(context), context.ports);
}
