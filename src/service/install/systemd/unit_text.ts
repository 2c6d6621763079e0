/** The text of a guarded service's unit, and of the drop-in that guards an existing unit. Pure. @module */
import { type Mends, type Needs, startLimit, startsUntilRestored } from "./mend.ts";
import { quoteWords } from "./quote.ts";
import type { ListName, UnitLists } from "./unit_file.ts";

/** How each file of ours begins. */
export const WRITTEN = "# Written by boot-sentinel";

/** The first line of every file that `install` writes. `uninstall` removes no file without it. */
export const MARK = `${WRITTEN} service install; boot-sentinel service uninstall removes it.`;

/** How the gate stands beside a service. */
export interface Beside {
  /** The path of the boot-sentinel executable. */
  readonly self: string;
  /** The registered name. */
  readonly name: string;
  /** It works as root and outside of the unit's sandbox; not so in a user's own units. */
  readonly asRoot: boolean;
  /** Variables of the unit that would change the runtime inside the gate. */
  readonly cleared: readonly string[];
}

/** The command before, after and at the end of a service. */
const COMMANDS: Readonly<Record<Exclude<ListName, "ExecStart">, string>> = {
  ExecStartPre: "check",
  ExecStartPost: "watch",
  ExecStopPost: "stopped",
};

/**
 * The gate's lines, each before the unit's own: a new build must not fail before it is counted. A gate that cannot even
 * start keeps no service down (`-`).
 */
export function gateLines(beside: Beside, own?: UnitLists): string[] {
  return Object.entries(COMMANDS).flatMap(([list, command]) => {
    const lines = own?.[list as ListName] ?? [];
    return [
      ...lines.length === 0 ? [] : [`${list}=`],
      `${list}=${gateCommand(beside, command)}`,
      ...lines.map((line) => `${list}=${line}`),
    ];
  });
}

function gateCommand({ self, name, asRoot, cleared }: Beside, command: string): string {
  const clean = cleared.length === 0 ? [] : ["/usr/bin/env", ...cleared.flatMap((variable) => ["-u", variable])];
  // %n is a specifier of systemd, so it must not be escaped.
  return `${asRoot ? "-+" : "-"}${quoteWords([...clean, self, command, "--name", name])} --unit %n`;
}

/** The text of a drop-in that guards an existing unit. `ExecStart=` stays as it is. */
export function dropInText(beside: Beside, own: UnitLists, { unit, service }: Mends): string {
  const lines = unit.length === 0 ? [] : ["[Unit]", ...unit, ""];
  return [MARK, ...lines, "[Service]", ...gateLines(beside, own), ...service, ""].join("\n");
}

/** A new unit. */
export interface NewUnit extends Needs {
  readonly type: "exec" | "notify";
  readonly user: string | undefined;
  readonly description: string | undefined;
  /** The program and its arguments. */
  readonly command: readonly string[];
}

/** The text of a new unit. */
export function unitText(beside: Beside, unit: NewUnit): string {
  const { type, user, command, maxAttempts, afterRollback } = unit;
  const { name, asRoot } = beside;
  const { burst, intervalSec } = startLimit(maxAttempts, afterRollback);
  const [program = ""] = command;
  return `${MARK}
[Unit]
Description=${unit.description ?? `${name} (updates guarded by boot-sentinel)`}
${asRoot ? "After=network.target\n" : ""}# A rollback takes ${startsUntilRestored(maxAttempts, afterRollback)} starts.
StartLimitIntervalSec=${intervalSec}
StartLimitBurst=${burst}

[Service]
Type=${type}
ExecStart=${quoteWords(command)}
${gateLines(beside).join("\n")}
${user === undefined ? "" : `User=${user}\n`}# A hung build that gets SIGTERM may end with 0, and must be started again.
Restart=always
RestartSec=1
TimeoutStartSec=${Math.ceil(Math.max(unit.gateMs, 90_000) / 1000)}
# SIGTERM goes to the service's main process only; processes that are left when it has ended get SIGKILL.
KillMode=mixed
${asRoot ? hardening(program) : ""}
[Install]
WantedBy=${asRoot ? "multi-user.target" : "default.target"}
`;
}

/** The gate works outside of this sandbox, so the service need not be able to write its own program. */
function hardening(program: string): string {
  return `
ProtectSystem=full
${/^\/(var\/)?tmp\//.test(program) ? "" : "PrivateTmp=yes\n"}ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
`;
}
