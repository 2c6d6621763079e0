/** The names of the state files in the data directory. @module */

/** The unconfirmed swap. */
export const SENTINEL_FILE = ".boot-sentinel.json";

/** What is known of the builds. */
export const RECORD_FILE = ".boot-record.json";
