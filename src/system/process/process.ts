/**
 * The runtime's `process`. It is not imported from `node:process`: loading that module evaluates all properties of
 * `process`, which would delay every start.
 *
 * @module
 */

/** This process. */
const process: typeof globalThis.process = globalThis.process;
export default process;
