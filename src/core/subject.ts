/** What is guarded. @module */

/** Which program is guarded, and how its builds are told apart. */
export interface Subject {
  readonly exe: string;
  readonly dataDir: string;
  /** What the program says of itself; without it builds are known by their bytes alone. */
  readonly version?: string | undefined;
  /** Bytes that differ from the confirmed ones are an update, whether or not anybody armed it. */
  readonly watchBytes: boolean;
  /** Older proven builds that are kept. */
  readonly keep: number;
  /** Boots that an unconfirmed build gets; the next one restores. */
  readonly maxAttempts: number;
  /** Somebody waits for the program's health and reports it: a restored build and a first one are on probation, too. */
  readonly watched?: boolean | undefined;
  /** The service manager's name for this start of the service. */
  readonly invocation?: string | undefined;
}
