/** A program to start. @module */

/** A program to start, in bytes: Linux gives no encoding to any of them. */
export interface Program {
  /** The executable, as a path. */
  readonly path: Uint8Array;
  /** Its arguments, from `argv[0]` on. */
  readonly argv: readonly Uint8Array[];
}
