/** What the doctor is asked about, what it looks with, and its findings. @module */
import type { SentinelEvent } from "../../core/state/history.ts";
import type { Problem } from "../../core/problem.ts";
import { shellWord } from "../../core/shell_word.ts";
import type { Ports } from "../../core/ports.ts";
import type { Status } from "../../core/status.ts";
import type { Subject } from "../../core/subject.ts";
import type { WritersAt } from "../../system/fs/access.ts";
import type { DiskRoom, FileFacts } from "../../system/fs/disk_facts.ts";
import type { RootFault } from "../../system/process/root_faults.ts";
import type { User } from "../../system/linux/this_user.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import type { Listener } from "../../system/process/listeners.ts";

/** The result of a check. */
export interface Finding {
  /** What was checked, in one or two words. */
  readonly check: string;
  /** The kind of result: `ok`, or what is wrong or notable. The codes stay the same from version to version. */
  readonly code: string;
  /**
   * `bad`: the service is not protected. `unknown`: it could not be seen whether it is. `note`: nothing is wrong, but
   * the operator should know it.
   */
  readonly verdict: "good" | "bad" | "note" | "unknown";
  readonly text: string;
  /** What to do about it; where possible, a command to paste. */
  readonly advice?: string;
}

/** The service that is examined. */
export interface Target {
  /** The path of the guarded file. */
  readonly exe: string;
  /** False: the guarded file is not started itself; an interpreter reads it. */
  readonly isStarted: boolean;
  readonly dataDir: string;
  /** The service's data, of which a snapshot is taken. */
  readonly data?: Subject["data"];
  /** The files that go and come back with its builds. */
  readonly members?: Subject["members"];
  readonly pin?: Subject["pin"];
  /** The configured probes that must pass. */
  readonly probes: readonly string[];
  readonly probeTimeoutMs: number;
  /** The unit's name, and whether a user's own manager has it; `isUsers` not set: whichever manager has it. */
  readonly unit?: { readonly name: string; readonly isUsers?: boolean | undefined } | undefined;
  /** There is no such service yet, so that it cannot be what answers a probe. @default false */
  readonly isNew?: boolean | undefined;
  /** With whose rights the gate works, if the unit does not say so: `root`, outside of the unit's sandbox. */
  readonly gateAs: "root" | "user";
  /** False before an installation: neither the gate in the unit nor a state is looked for. */
  readonly isInstalled: boolean;
  /** The path of the boot-sentinel executable that the unit starts. */
  readonly self: string;
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  /** No watcher: the service or an operator confirms builds. */
  readonly isConfirmedByHand: boolean;
  /** The version that the service reports. */
  readonly version?: string | undefined;
  /** The options that name this service in a boot-sentinel command, quoted: `--name web`. */
  readonly selector: string;
}

/** What the doctor looks with. */
export interface Machine {
  readonly ports: Ports;
  readonly io: Pick<
    ProcessIo,
    "systemctl" | "runTool" | "httpGet" | "tcpConnect" | "shell" | "fileStamp" | "hasSystemd"
  >;
  /** The user of this process. */
  readonly user: User;
  readonly writersAt: WritersAt;
  readonly facts: MachineFacts;
}

/** Facts that only the doctor asks for. */
export interface MachineFacts {
  rootFault(path: string, pid?: number): RootFault | undefined;
  diskRoom(folder: string): DiskRoom | undefined;
  fileFacts(path: string): FileFacts | undefined;
  addressesOf(host: string): Promise<readonly string[] | undefined>;
  isOwnAddress(address: string): boolean;
  listenersOn(port: number): readonly Listener[];
  processesIn(controlGroup: string): readonly number[];
  socketsOf(pids: readonly number[]): ReadonlySet<string> | undefined;
}

/** The user with whose rights the gate works. */
export interface Runner {
  readonly name: string;
  /** The same user, as `writersAt` names it. */
  readonly writer: string;
  /** It is root, and no sandbox of the unit is around it. */
  readonly isFree?: boolean;
  /** It is only the user of this process, since the unit that would tell could not be seen. */
  readonly isGuessed?: boolean;
  /**
   * By folder, whether this user can create files in it, or a sentence that says why that is unknown. Not set when it
   * is the user of this process: then it is tried.
   */
  readonly writes?: ReadonlyMap<string, boolean | string>;
}

/** The input of the checks of places. */
export interface ExaminedPlace {
  readonly target: Target;
  readonly machine: Machine;
  readonly runner: Runner;
  /** The guarded file, links followed. */
  readonly program: string;
  readonly lastGood: string;
  /** The words of the service's own command, if a unit shows them. */
  readonly command?: readonly string[] | undefined;
  /** The user whom the unit's own commands run as, as `writersAt` names it; `undefined` when unknown. */
  readonly serviceWriter?: string | undefined;
  readonly configFile?: string | undefined;
  /** The problems of the settings in the environment and the configuration file. */
  readonly configProblems: readonly Problem[];
}

/** The input of the checks of the state. */
export interface ExaminedState extends ExaminedPlace {
  readonly status: Status;
  /** State files that this user may not read. */
  readonly unreadable: readonly string[];
  /** `undefined`: it may not be read. */
  readonly history: readonly SentinelEvent[] | undefined;
  /** The live unit shows that the service starts through the gate. */
  readonly isGateSeen: boolean;
  /** The gate has had a boot watched: the watcher's lock is there. */
  readonly wasWatched: boolean;
  /** The older builds' files, by their sha256. */
  readonly generations: ReadonlyMap<string, string>;
}

/** A check. It may throw only if it cannot be carried out. */
export type Check<E> = (examined: E) => Finding | readonly Finding[];

/** The result of a check that passed. */
export function good(check: string, text: string): Finding {
  return { check, code: "ok", verdict: "good", text };
}

/** The service is not protected, or another user could remove the protection. */
export function bad(check: string, code: string, text: string, advice: string): Finding {
  return { check, code, verdict: "bad", text, advice };
}

/** Nothing is wrong, but the operator should know it. */
export function note(check: string, code: string, text: string): Finding {
  return { check, code, verdict: "note", text };
}

/** It could not be seen whether the service is protected. */
export function unknown(check: string, code: string, text: string, advice: string): Finding {
  return { check, code, verdict: "unknown", text, advice };
}

/** A complete boot-sentinel command for a shell, with the options that name the service. */
export function commandFor({ selector }: Target, command: string): string {
  return `boot-sentinel ${command} ${selector}`;
}

/** The command that starts the service through the gate. */
export function runCommand({ selector, exe }: Target, { ports }: Pick<Machine, "ports">): string {
  const word = shellWord(exe, ports.host.os);
  const options = selector.replace(`--exe ${word}`, "").trim();
  return `boot-sentinel run ${options}${options && " "}-- ${word} …`;
}

/** The command that examines this service again. */
export function again(target: Target): string {
  const unit = target.unit === undefined ? "" : ` --unit ${shellWord(target.unit.name)}`;
  return commandFor(target, "doctor") + unit;
}

/** The same, with all rights. */
export function againAsRoot(target: Target, { user }: Pick<Machine, "user">): string {
  const command = again(target);
  return user.uid === undefined || user.uid === 0 ? command : `run this as root: sudo ${command}`;
}
