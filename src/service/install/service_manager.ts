/** What `service` asks of a service manager. One implementation for each operating system. @module */

/** A service to install. */
export interface ServicePlan {
  readonly name: string;
  /** An existing service is to be wrapped, instead of a new one made. */
  readonly wrap: boolean;
  /** This executable. */
  readonly self: string;
  /** The program and its arguments; empty when an existing service is wrapped. */
  readonly command: readonly string[];
  /** The guarded program, when it is not the first word of the command. */
  readonly exe: string | undefined;
  readonly dataDir: string | undefined;
  readonly user: string | undefined;
  readonly type: "exec" | "notify";
  /** Options for `run`, as words. */
  readonly runWords: readonly string[];
  /** Options for what runs after the end of the service, as words. */
  readonly stoppedWords: readonly string[];
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  /** A build that is not healthy by then is stopped, milliseconds. */
  readonly deadlineMs: number;
  /** How long it may take to stop, milliseconds. */
  readonly stopTimeoutMs: number;
  /** What it is, for people. */
  readonly description: string | undefined;
  /** It starts a while after the machine. */
  readonly delayed: boolean;
  /** Of the user, where accounts need one; from the environment, so that no list of processes shows it. */
  readonly password: string | undefined;
  /** Start it, too. */
  readonly start: boolean;
}

/** A service manager. Every verb throws a `SentinelError` that says what happened and what to do. */
export interface ServiceManager {
  /** What `install` would write. */
  show(plan: ServicePlan): Promise<string>;
  /** What would keep the installed service from being put back, in sentences. */
  doubts(plan: ServicePlan): Promise<string[]>;
  /** Installs the service; resolves to sentences for the operator. */
  install(plan: ServicePlan): Promise<string[]>;
  uninstall(plan: Pick<ServicePlan, "name" | "wrap">): Promise<string[]>;
}
