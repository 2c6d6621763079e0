/** The text of a guarded service's unit, and of the drop-in that guards an existing unit. Pure. @module */
import { dirname } from "@std/path/dirname.js";
import { quotePath, quoteWords } from "./quote.ts";
import { RUNTIME_VARIABLES } from "../runtime_variables.ts";

/** What the boot-sentinel commands in a unit contain. */
export interface Guard {
  /** The path of the boot-sentinel executable. */
  readonly self: string;
  /** The guarded program. */
  readonly exe: string;
  readonly dataDir: string;
  /** Options of `run`, without --exe and --data-dir. */
  readonly runArgs: readonly string[];
  /** Options of `stopped`. */
  readonly stoppedArgs: readonly string[];
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  /** A build that is not healthy after this time is stopped, milliseconds. */
  readonly deadlineMs: number;
  /** The soft limit of open files that systemd sets for the service; the gate's runtime raises it. */
  readonly nofile: number | undefined;
}

/** A new unit. */
export interface UnitOptions extends Guard {
  readonly name: string;
  readonly type: "exec" | "notify";
  readonly user: string | undefined;
  /** The program's arguments. */
  readonly args: readonly string[];
}

/** The first line of every file that `install` writes. `uninstall` removes no file without it. */
export const MARK = "# Written by boot-sentinel service install; boot-sentinel service uninstall removes it.";

/** The text of a new unit. */
export function unitText(options: UnitOptions): string {
  const { name, exe, args, dataDir, type, user } = options;
  const state = dataDir === `/var/lib/${name}` ? `StateDirectory=${name}` : `ReadWritePaths=${quotePath(dataDir)}`;
  return `${MARK}
[Unit]
Description=${name} (updates guarded by boot-sentinel)
After=network.target
${limits(options)}

[Service]
Type=${type}
ExecStart=${gate(options)} ${quoteWords([exe, ...args])}
ExecStopPost=${stopped(options)}
${cleared()}
${type === "notify" ? `${startTimeout(options.deadlineMs)}\n` : ""}${
    user === undefined ? "" : `User=${user}\n`
  }${RESTARTS}
# SIGTERM goes to the service's main process only; processes that are left when it has ended get SIGKILL.
KillMode=mixed
${state}

# A rollback writes here.
ReadWritePaths=${quotePath(dirname(exe))}
ProtectSystem=full
${/^\/(var\/)?tmp\//.test(exe) ? "" : "PrivateTmp=yes\n"}ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
# Do not add MemoryDenyWriteExecute=: the gate's runtime compiles code in memory.

[Install]
WantedBy=multi-user.target
`;
}

/** The command of an existing unit. */
export interface WrappedCommand {
  /** Special characters before the program: - + ! : */
  readonly prefix: string;
  /** The program and its arguments, in systemd's quoting. */
  readonly line: string;
  /** The variables that the unit itself sets. */
  readonly variables: readonly string[];
}

/** The text of a drop-in that puts the gate before the command of an existing unit. */
export function dropInText(options: Guard, command: WrappedCommand): string {
  return `${MARK}
[Unit]
${limits(options)}

[Service]
ExecStart=
ExecStart=${command.prefix}${gate(options)} ${command.line}
ExecStopPost=${stopped(options)}
${cleared(command.variables)}
${RESTARTS}
ReadWritePaths=${quotePath(dirname(options.exe))}
ReadWritePaths=${quotePath(options.dataDir)}
`;
}

// `always`: a hung build that gets SIGTERM may exit with 0, and with `on-failure` systemd would not start it again.
const RESTARTS = `Restart=always
RestartSec=1
RestartForceExitStatus=75
RestartPreventExitStatus=78`;

/** Variables that the unit itself sets are not cleared, since the service needs them and would lose them, too. */
function cleared(own: readonly string[] = []): string {
  return `# These change the runtime inside the gate; a service that needs one gets it from a wrapper after --.
UnsetEnvironment=${RUNTIME_VARIABLES.filter((name) => !own.includes(name)).join(" ")}`;
}

/**
 * systemd must not stop a Type=notify service before the watcher's deadline; 120 s cover the longest delay of a start.
 */
function startTimeout(deadlineMs: number): string {
  return `TimeoutStartSec=${Math.ceil(deadlineMs / 1000) + 120}`;
}

function gate({ self, dataDir, runArgs, nofile }: Guard): string {
  const limit = nofile === undefined || runArgs.some((word) => /^--nofile(=|$)/.test(word))
    ? []
    : ["--nofile", String(nofile)];
  return quoteWords([self, "run", "--data-dir", dataDir, ...limit, ...runArgs, "--"]);
}

function stopped({ self, exe, dataDir, stoppedArgs }: Guard): string {
  // %n is a specifier of systemd, so it must not be escaped.
  return `${quoteWords([self, "stopped", "--exe", exe, "--data-dir", dataDir, ...stoppedArgs])} --unit %n`;
}

function limits({ maxAttempts, afterRollback }: Guard): string {
  const { burst, intervalSec } = startLimit(maxAttempts, afterRollback);
  return `# systemd must not stop restarting before the rollback: ${maxAttempts} failed starts, then one that restores.
StartLimitIntervalSec=${intervalSec}
StartLimitBurst=${burst}`;
}

/** The number of starts from the first one of a bad update until the good build runs again. */
export function startsUntilRestored(maxAttempts: number, afterRollback: "run" | "exit"): number {
  // The gate executes the restored program in the start that restores it. With --after-rollback exit that takes one
  // more.
  return maxAttempts + (afterRollback === "exit" ? 2 : 1);
}

/** A limit with a reserve: for failed starts of the restored build, and for restarts by an operator. */
export function startLimit(maxAttempts: number, afterRollback: "run" | "exit"): { burst: number; intervalSec: number } {
  return { burst: 4 * startsUntilRestored(maxAttempts, afterRollback), intervalSec: 60 };
}
