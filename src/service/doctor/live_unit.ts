/** A unit as systemd has it now. Parsing is pure. @module */
import { type Systemctl, systemctlLine, systemctlOf } from "../install/systemd/ask_systemd.ts";
import { type Finding, unknown } from "./check.ts";
import { shellWord } from "../../core/shell_word.ts";

/** A command of a unit. */
export interface UnitCommand {
  /** The program. */
  readonly path: string;
  /** The words, split at blanks: `systemctl show` prints no quotes. */
  readonly words: readonly string[];
  /** `+`: as root, outside of the sandbox. */
  readonly isPrivileged: boolean;
  /** Variables that an `env -u` before it clears. */
  readonly cleared?: readonly string[];
  /** `-`: a failure does not matter. */
  readonly mayFail: boolean;
}

/** The kinds of commands that are read. */
export type CommandKind = "ExecStartPre" | "ExecStart" | "ExecStartPost" | "ExecStopPost";

/** A unit. */
export interface LiveUnit {
  readonly name: string;
  /** The manager of a user has it, which `systemctl --user` asks. */
  readonly isUsers: boolean;
  /** The properties by their names in `systemctl show`; empty for one that this systemd does not know. */
  readonly fact: (name: string) => string;
  readonly commands: Readonly<Record<CommandKind, readonly UnitCommand[]>>;
  /** Its files, as `systemctl cat` prints them. */
  readonly files: string;
}

const COMMAND_KINDS: readonly CommandKind[] = ["ExecStartPre", "ExecStart", "ExecStartPost", "ExecStopPost"];

/** The settings by which systemd makes directories at a start, each with the folder that they are in. */
export const OWN_DIRECTORIES: readonly string[] = [
  "StateDirectory",
  "RuntimeDirectory",
  "CacheDirectory",
  "LogsDirectory",
  "ConfigurationDirectory",
];

/** The properties that are read. */
export const UNIT_PROPERTIES: readonly string[] = [
  "LoadState",
  "ActiveState",
  "SubState",
  "Result",
  "MainPID",
  "ControlGroup",
  "TriggeredBy",
  "Type",
  ...COMMAND_KINDS.flatMap((kind) => [kind, `${kind}Ex`]),
  "Restart",
  "RestartUSec",
  "RestartForceExitStatus",
  "RestartPreventExitStatus",
  "StartLimitBurst",
  "StartLimitIntervalUSec",
  "TimeoutStartUSec",
  "KillMode",
  "User",
  "DynamicUser",
  "WorkingDirectory",
  "RootDirectory",
  "RootImage",
  "ProtectSystem",
  "ProtectHome",
  "ReadWritePaths",
  "ReadOnlyPaths",
  "InaccessiblePaths",
  "ExecPaths",
  "NoExecPaths",
  ...OWN_DIRECTORIES,
  "MemoryDenyWriteExecute",
  "SystemCallFilter",
  "LimitAS",
  "LimitASSoft",
  "LimitDATA",
  "LimitDATASoft",
  "LimitSTACK",
  "LimitSTACKSoft",
  "LimitNPROC",
  "LimitNPROCSoft",
  "TasksMax",
  "Environment",
  "UnsetEnvironment",
];

/** Reads the output of `systemctl show` with {@link UNIT_PROPERTIES}, and that of `systemctl cat`. */
export function parseUnit(name: string, isUsers: boolean, shown: string, files: string): LiveUnit {
  const values = new Map<string, string[]>();
  for (const line of shown.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) values.set(line.slice(0, at), [...values.get(line.slice(0, at)) ?? [], line.slice(at + 1)]);
  }
  const commands = (kind: CommandKind) =>
    (values.get(`${kind}Ex`) ?? values.get(kind) ?? []).filter((text) => text !== "").map(parseCommand);
  return {
    name,
    isUsers,
    fact: (property) => values.get(property)?.at(-1) ?? "",
    commands: {
      ExecStartPre: commands("ExecStartPre"),
      ExecStart: commands("ExecStart"),
      ExecStartPost: commands("ExecStartPost"),
      ExecStopPost: commands("ExecStopPost"),
    },
    files,
  };
}

/** Reads `{ path=/x ; argv[]=/x a b ; flags=privileged ; … }`; an older systemd has `ignore_errors=yes` for flags. */
function parseCommand(text: string): UnitCommand {
  const words = (/ argv\[\]=(.*?) ; (?:flags|ignore_errors)=/.exec(text) ?? / argv\[\]=(.*?) ; /.exec(text))?.[1] ?? "";
  const argv = words.split(/\s+/).filter((word) => word !== "");
  const flags = / flags=([^;]*) ;/.exec(text)?.[1]?.split(" ") ?? [];
  return {
    path: / path=(.*?) ; /.exec(text)?.[1] ?? argv[0] ?? "",
    words: argv,
    isPrivileged: flags.includes("privileged"),
    mayFail: flags.includes("ignore-failure") || text.includes(" ignore_errors=yes "),
  };
}

/**
 * Asks systemd about a unit: the manager of the machine, and then the user's own, if that one does not have it.
 *
 * @returns A finding when systemd does not tell of it.
 */
export async function readUnit(
  { name, isUsers }: { readonly name: string; readonly isUsers?: boolean | undefined },
  systemctl: Systemctl,
  again: string,
): Promise<LiveUnit | Finding> {
  const managers = isUsers === undefined ? [false, true] : [isUsers];
  let first: Finding | undefined;
  for (const users of managers) {
    const ask = systemctlOf(systemctl, users);
    const { code, stdout, stderr } = await ask("show", `--property=${UNIT_PROPERTIES.join(",")}`, name);
    if (code !== 0) {
      const text = `${name} cannot be seen: systemctl does not answer${stderr.trim() && `: ${stderr.trim()}`}`;
      first ??= unknown("unit", "unit-unknown", text, again);
      continue;
    }
    const unit = parseUnit(name, users, stdout, "");
    if (unit.fact("LoadState") === "loaded") {
      return { ...unit, files: (await ask("cat", name)).stdout };
    }
    const why = unit.fact("LoadState") || "systemd has no such unit";
    const command = systemctlLine({ isUsers: users }, "status", name);
    first ??= {
      check: "unit",
      code: "unit-missing",
      verdict: "bad",
      text: `${name} is no unit that runs: ${why}`,
      advice: users ? command : `${command}   (a user's own unit: run doctor as that user)`,
    };
  }
  return first ?? unknown("unit", "unit-unknown", `${name} cannot be seen`, again);
}

/** True for what {@link readUnit} returns when there is a unit. */
export function isUnit(read: LiveUnit | Finding): read is LiveUnit {
  return "commands" in read;
}

/** The command that adds a setting to a unit, in a drop-in of the operator's own. */
export function setInUnit({ name, isUsers }: LiveUnit, section: "Unit" | "Service", ...lines: string[]): string {
  const folder = isUsers ? `~/.config/systemd/user/${shellWord(`${name}.d`)}` : `/etc/systemd/system/${name}.d`;
  const path = isUsers ? folder : shellWord(folder);
  const text = shellWord([`[${section}]`, ...lines].map((line) => `${line}\\n`).join(""));
  const reload = systemctlLine({ isUsers }, "daemon-reload");
  return `mkdir -p ${path} && printf ${text} >> ${path}/zz-local.conf && ${reload}`;
}
