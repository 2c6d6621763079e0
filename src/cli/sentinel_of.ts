/** All that can be done to a guarded program. Not for the gate, which does one thing and loads no more than that. @module */
import { SentinelCore } from "../core/boot_sentinel.ts";
import { type Context, guarded } from "./command.ts";

/** The sentinel of a program; see {@link guarded}. */
export function sentinelOf(
  context: Context,
  exe?: string,
  watchBytes?: boolean,
  extra?: { watched?: boolean; invocation?: string },
): SentinelCore {
  return new SentinelCore(guarded(context, exe, watchBytes, extra), context.ports);
}
