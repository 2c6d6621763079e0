/** Which runtime this is. @module */
import process from "./process.ts";

/** Asked of the globals: the list of versions is made when somebody first looks at it. */
export const isBun: boolean = "Bun" in globalThis;
export const isDeno: boolean = "Deno" in globalThis;

/** Node runs the library, and has no foreign functions. */
export const isNode: boolean = !isBun && !isDeno;

/** Its name and version, such as `bun 1.4.5`. */
export function runtimeName(): string {
  const { bun, deno, node } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return `bun ${bun}`;
  return deno === undefined ? `node ${node}` : `deno ${deno}`;
}
