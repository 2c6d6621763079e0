/**
 * The runtime's `process`. An import of `node:process` makes a module of all that it can tell, and a boot asks for
 * little.
 *
 * @module
 */

/** The process that we run in. */
const process: typeof globalThis.process = globalThis.process;
export default process;
