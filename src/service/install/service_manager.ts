/** The interface of a service manager, for the command `service`. systemd and Windows implement it. @module */

/** A service to install. */
export interface ServicePlan {
  readonly name: string;
  /** Put the gate before the command of an existing service instead of making a new one. */
  readonly wrap: boolean;
  /** The path of the boot-sentinel executable. */
  readonly self: string;
  /** The program and its arguments; empty when an existing service is wrapped. */
  readonly command: readonly string[];
  /** The guarded program, when it is not the first item of the command. */
  readonly exe: string | undefined;
  readonly dataDir: string | undefined;
  readonly user: string | undefined;
  readonly type: "exec" | "notify";
  /** Options for `run`. */
  readonly runArgs: readonly string[];
  /** Options for `stopped`, which runs after the service has ended. */
  readonly stoppedArgs: readonly string[];
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  /** A build that is not healthy after this time is stopped, milliseconds. */
  readonly deadlineMs: number;
  /** How long the service may take to stop, milliseconds. */
  readonly stopTimeoutMs: number;
  /** A description of the service, for people. */
  readonly description: string | undefined;
  /** Windows: start it some minutes after the machine's boot ("Automatic (Delayed Start)"). */
  readonly delayed: boolean;
  /** Windows: the user's password. It comes from the environment, since all users can see a process's arguments. */
  readonly password: string | undefined;
  /** Start the service after the installation. */
  readonly start: boolean;
}

/** A service manager. Every method throws a `SentinelError` that says what happened and what to do. */
export interface ServiceManager {
  /** The text that `install` would write. */
  show(plan: ServicePlan): Promise<string>;
  /** Sentences about what would prevent a rollback of the installed service. */
  warnings(plan: ServicePlan): Promise<string[]>;
  /** Installs the service; resolves to messages for the operator. */
  install(plan: ServicePlan): Promise<string[]>;
  uninstall(plan: Pick<ServicePlan, "name" | "wrap">): Promise<string[]>;
}
