/** A program to start. @module */

/**
 * A program to start, in bytes: Linux gives no encoding to any of them.
 *
 * @example Its words in bytes
 * ```ts
 * import type { Program } from "@boot-sentinel/boot-sentinel/cli";
 *
 * const bytes = (text: string) => new TextEncoder().encode(text);
 * const program: Program = { path: bytes("/bin/echo"), argv: [bytes("echo"), bytes("hello")] };
 * ```
 */
export interface Program {
  /** The executable, as a path. */
  readonly path: Uint8Array;
  /** Its arguments, from `argv[0]` on. */
  readonly argv: readonly Uint8Array[];
}
