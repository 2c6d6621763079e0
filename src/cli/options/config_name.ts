/** The configuration file's name beside the executable. @module */

/** Looked for when no option names one. */
export const CONFIG_FILE = "boot-sentinel.config.json";
