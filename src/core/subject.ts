/** The guarded program. @module */

/** Which program is guarded, and how its builds are identified. */
export interface Subject {
  readonly exe: string;
  /** False: the guarded file is not started itself; the program that is started reads it (a script, a jar). @default true */
  readonly isStarted?: boolean | undefined;
  /** Somebody else starts the program after this judgement, always from its own path. @default false */
  readonly isBeside?: boolean | undefined;
  readonly dataDir: string;
  /** The version of the running program. Without it, builds are identified by their sha256 alone. */
  readonly version?: string | undefined;
  /** A program whose bytes differ from the confirmed ones is an update, even if it was not armed. */
  readonly watchBytes: boolean;
  /** Files that go and come back with the program's builds. */
  readonly members?: readonly string[] | undefined;
  /** What becomes last-good is a pinned copy, where a release is guarded. @default false */
  readonly pin?: boolean | undefined;
  /** Older proven builds that are kept. */
  readonly keep: number;
  /** The directory of the service's data, of which a snapshot is taken; `budget`: the most bytes to copy. */
  readonly data?: { readonly path: string; readonly budget: number } | undefined;
  /** Boots that an unconfirmed build gets. The boot after these restores last-good. */
  readonly maxAttempts: number;
  /**
   * A watcher checks the program's health and reports it. Then a restored build and the first build are on probation,
   * too: without a watcher nobody would confirm them.
   */
  readonly watched?: boolean | undefined;
  /** Somebody else confirms an armed build, and a watcher waits for that. */
  readonly awaited?: boolean | undefined;
  /** The instance of a service of which several run with this program, for example of a template unit. @default one */
  readonly instance?: string | undefined;
  /** The service manager's id for this start of the service (systemd: `$INVOCATION_ID`). */
  readonly invocation?: string | undefined;
}
