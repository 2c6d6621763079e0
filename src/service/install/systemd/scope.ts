/** Whose services are installed: those of the machine, or a user's own. @module */
import { SentinelError } from "../../../core/errors.ts";
import type { Fs } from "../../../core/fs_port.ts";
import type { ProcessIo } from "../../../system/process/process_io.ts";
import { isTemplate, type Systemctl, systemctlOf } from "./ask_systemd.ts";
import type { Examine } from "../examine_plan.ts";
import type { ToolEnd } from "../../../system/tools/run_tool.ts";

/** Whose units they are, and what writes them. */
export interface Scope {
  readonly fs: Fs;
  readonly io: Pick<ProcessIo, "systemctl" | "env">;
  /** True for the manager of a user. */
  readonly isUsers: boolean;
}

/** What the installation uses of the machine. */
export interface Machine extends Scope {
  readonly io: Pick<ProcessIo, "systemctl" | "runTool" | "pause" | "now" | "env">;
  /** Examines a service as the doctor does. */
  readonly examine: Examine;
}

/** The folders of a scope. */
export interface Folders {
  readonly units: string;
  readonly registry: string;
  /** Where the state of each service has a folder. */
  readonly state: string;
}

/** The folders of the machine's services, or of a user's own. */
export function foldersOf({ isUsers, io: { env } }: Scope): Folders {
  if (!isUsers) {
    return { units: "/etc/systemd/system", registry: "/etc/boot-sentinel", state: "/var/lib/boot-sentinel" };
  }
  const home = env.get("HOME");
  const base = (name: string, below: string) => {
    const set = env.get(name);
    if (set?.startsWith("/")) return set;
    if (home?.startsWith("/")) return `${home}/${below}`;
    throw new SentinelError("nothing", `Cannot find the folders of this user: neither ${name} nor HOME is set`);
  };
  const config = base("XDG_CONFIG_HOME", ".config");
  return {
    units: `${config}/systemd/user`,
    registry: `${config}/boot-sentinel`,
    state: `${base("XDG_STATE_HOME", ".local/state")}/boot-sentinel`,
  };
}

/** `systemctl` for this scope. */
export function systemctlIn({ io, isUsers }: Scope): Systemctl {
  return systemctlOf(io.systemctl, isUsers);
}

/** Runs `systemctl` for this scope. */
export function systemctl(machine: Scope, ...args: string[]): Promise<ToolEnd> {
  return systemctlIn(machine)(...args);
}

/** The same; throws when it fails. */
export async function systemctlOrThrow(machine: Scope, failure: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await systemctl(machine, ...args);
  if (code !== 0) throw new SentinelError("nothing", `${failure}: systemctl ${args.join(" ")}: ${stderr.trim()}`);
}

/** The name of a unit's file. */
export function unitName(name: string): string {
  const unit = name.endsWith(".service") ? name : `${name}.service`;
  if (/^[\w:.@\\-]+$/.test(unit) && unit.length < 256) return unit;
  throw new SentinelError("nothing", `Cannot use ${name} as a unit's name: a name has letters, digits and :-_.@`);
}

/** A name under which a unit's properties can be asked: those of a template are the same for every instance. */
export function askable(unit: string): string {
  return isTemplate(unit) ? unit.replace("@.", "@boot-sentinel.") : unit;
}
