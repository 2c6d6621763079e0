/** This program's version; a test holds it to deno.json and package.json. @module */

/** Semantic version of boot-sentinel. */
export const VERSION = "0.1.0";
