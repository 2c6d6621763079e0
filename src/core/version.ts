/** The version of boot-sentinel. A test checks that deno.json and package.json have the same. @module */

/** The semantic version of this program. */
export const VERSION = "0.1.0";
