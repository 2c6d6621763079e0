/** The names of the state files in the data directory, and the number of their schema. @module */

/** The unconfirmed swap. */
export const SENTINEL_FILE = ".boot-sentinel.json";

/** What is known of the builds. */
export const RECORD_FILE = ".boot-record.json";

/** The schema number that this program writes. A file with a higher one is read by nobody here and left alone. */
export const SCHEMA = 1;
