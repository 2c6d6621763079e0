/** Linux beyond `node:fs`: each in a file of its own. @module */
export { become, type BecomeOptions, type Program } from "./become.ts";
export { type PosixLock, posixLock } from "./posix_lock.ts";
export { lastWords, rawEnvironment } from "./raw_process.ts";
export { copyXattrs } from "./xattrs.ts";
