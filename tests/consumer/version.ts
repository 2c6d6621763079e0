/** The version of the example service. @module */

/** Raised with each release. */
export const VERSION: string = "1.0.0";
