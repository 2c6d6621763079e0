/** Linux beyond `node:fs`: each in a file of its own. @module */
export { become, type BecomeOptions, type Program } from "./exec.ts";
export { type PosixLock, posixLock } from "./lock.ts";
export { lastWords, rawEnvironment } from "../process/raw_process.ts";
export { copyXattrs } from "./xattrs.ts";
