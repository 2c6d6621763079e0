/** The interface of a service manager, for the command `service`. systemd and Windows implement it. @module */
import type { Subject } from "../../core/subject.ts";
import type { Finding } from "../doctor/check.ts";
import type { NewFile } from "./put_files.ts";

/** A service to install. */
export interface ServicePlan {
  /** The name under which it is registered. */
  readonly name: string;
  /** The existing systemd unit to guard; `undefined`: a new service is made. */
  readonly dropIn: string | undefined;
  /** The path of the boot-sentinel executable. */
  readonly self: string;
  /** The program and its arguments; empty when an existing service is guarded. */
  readonly command: readonly string[];
  /** The program, when the unit does not name it. */
  readonly exe: string | undefined;
  /** The guarded file, when it is not the program. */
  readonly guard: string | undefined;
  readonly dataDir: string | undefined;
  /** The service's data, of which a snapshot is taken. */
  readonly data?: Subject["data"];
  /** The files that go and come back with its builds. */
  readonly members?: Subject["members"];
  readonly user: string | undefined;
  readonly type: "exec" | "notify";
  /** The settings to register, by their keys in the configuration file. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The probes among them. */
  readonly probes: readonly string[];
  readonly probeTimeoutMs: number;
  /** No watcher: the service or an operator confirms builds. */
  readonly isConfirmedByHand: boolean;
  /** Windows: options for `run`. */
  readonly runArgs: readonly string[];
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  /** How long the gate may need at a start, milliseconds. */
  readonly gateMs: number;
  /** How long the service may take to stop, milliseconds. */
  readonly stopTimeoutMs: number;
  /** A description of the service, for people. */
  readonly description: string | undefined;
  /** Windows: start it some minutes after the machine's boot ("Automatic (Delayed Start)"). */
  readonly delayed: boolean;
  /** Windows: the user's password. It comes from the environment, since all users can see a process's arguments. */
  readonly password: string | undefined;
  /** Start the service after the installation, and wait until it is up. */
  readonly start: boolean;
}

/** What to uninstall. */
export interface LeavePlan {
  readonly name: string;
  readonly dropIn: string | undefined;
  /** Remove the state and the kept builds, too. */
  readonly purge: boolean;
}

/** What would be written, and what speaks for and against it. */
export interface Preview {
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly files: readonly NewFile[];
}

/** A service manager. Every method throws a `SentinelError` that says what happened and what to do. */
export interface ServiceManager {
  /** What `install` would write. */
  show(plan: ServicePlan): Promise<Preview>;
  /** Installs the service; resolves to messages for the operator. When it throws, everything is as it was. */
  install(plan: ServicePlan): Promise<string[]>;
  uninstall(plan: LeavePlan): Promise<string[]>;
}
