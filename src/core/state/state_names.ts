/** The names of the state files in the data directory, and the number of their schema. @module */

/** The sentinel: the armed build and its attempts. */
export const SENTINEL_FILE = ".boot-sentinel.json";

/** The record of the program's builds. */
export const RECORD_FILE = ".boot-record.json";

/** The schema number that this program writes. A file with a higher number is neither used nor changed. */
export const SCHEMA = 1;
