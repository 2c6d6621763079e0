/** Which runtime this is. @module */
import process from "./process.ts";

/** True on Node: it runs the library, and has no foreign functions. */
export function isNode(): boolean {
  return !("bun" in process.versions) && !("deno" in process.versions);
}

/** Its name and version, such as `bun 1.4.5`. */
export function runtimeName(): string {
  const { bun, deno, node } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return `bun ${bun}`;
  return deno === undefined ? `node ${node}` : `deno ${deno}`;
}
