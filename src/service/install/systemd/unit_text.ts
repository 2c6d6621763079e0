/** The unit of a guarded service, and the drop-in that guards an existing one. Pure. @module */
import { dirname } from "@std/path/dirname.js";
import { quotePath, quoteWords } from "./quote.ts";
import { TAKEOVER_NAMES } from "../runtime_variables.ts";
import { startLimit } from "./start_limit.ts";

/** How our own commands are written into a unit. */
export interface Guard {
  /** This executable. */
  readonly self: string;
  /** The guarded program. */
  readonly exe: string;
  readonly dataDir: string;
  /** Options of `run` as they were given, without --exe and --data-dir. */
  readonly runWords: readonly string[];
  /** Options of `stopped`. */
  readonly stoppedWords: readonly string[];
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  /** A build that is not healthy by then is stopped, milliseconds. */
  readonly deadlineMs: number;
  /** The soft limit of open files that the service would have had. */
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

/** Every file that we write starts with this: `uninstall` removes no other. */
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
# A stop reaches the service alone; what it leaves behind is killed when it is gone.
KillMode=mixed
${state}

# Where a rollback writes.
ReadWritePaths=${quotePath(dirname(exe))}
ProtectSystem=full
${/^\/(var\/)?tmp\//.test(exe) ? "" : "PrivateTmp=yes\n"}ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
# Not MemoryDenyWriteExecute=: the gate's runtime compiles code while it runs.

[Install]
WantedBy=multi-user.target
`;
}

/** An existing unit's command as it is written there. */
export interface WrappedCommand {
  /** Special characters before the program: - + ! : */
  readonly prefix: string;
  /** The program and its arguments in systemd's own quoting. */
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

// `always`: a hung build that is stopped may well exit with 0, and a program that exits by itself is out of service.
const RESTARTS = `Restart=always
RestartSec=1
RestartForceExitStatus=75
RestartPreventExitStatus=78`;

/** What the unit itself sets is meant for the service, which loses what is cleared here. */
function cleared(own: readonly string[] = []): string {
  return `# These would reach the gate's own runtime first; a service that needs one gets it from a wrapper after --.
UnsetEnvironment=${TAKEOVER_NAMES.filter((name) => !own.includes(name)).join(" ")}`;
}

/** systemd's own limit comes after ours, with room for the longest pause before a start. */
function startTimeout(deadlineMs: number): string {
  return `TimeoutStartSec=${Math.ceil(deadlineMs / 1000) + 120}`;
}

function gate({ self, dataDir, runWords, nofile }: Guard): string {
  const limit = nofile === undefined || runWords.some((word) => /^--nofile(=|$)/.test(word))
    ? []
    : ["--nofile", String(nofile)];
  return quoteWords([self, "run", "--data-dir", dataDir, ...limit, ...runWords, "--"]);
}

function stopped({ self, exe, dataDir, stoppedWords }: Guard): string {
  // %n is systemd's: it stands outside of the quoting, which would double the percent sign.
  return `${quoteWords([self, "stopped", "--exe", exe, "--data-dir", dataDir, ...stoppedWords])} --unit %n`;
}

function limits({ maxAttempts, afterRollback }: Guard): string {
  const { burst, intervalSec } = startLimit(maxAttempts, afterRollback);
  return `# systemd must not give up before the rollback, which takes ${maxAttempts} failed starts and the one that restores.
StartLimitIntervalSec=${intervalSec}
StartLimitBurst=${burst}`;
}
