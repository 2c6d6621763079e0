/** A unit as systemd shows it to the doctor, and what the doctor finds in it. @module */
import type { Machine, Target } from "../../../src/service/doctor/check.ts";
import { type ExaminedUnit, examineUnit } from "../../../src/service/doctor/examine_unit.ts";
import type { RootFault } from "../../../src/system/process/root_faults.ts";

const TARGET: Target = {
  exe: "/opt/app/server",
  isStarted: true,
  dataDir: "/var/lib/app",
  probes: [],
  probeTimeoutMs: 1000,
  unit: { name: "app.service" },
  gateAs: "user",
  isInstalled: true,
  self: "/opt/s/boot-sentinel",
  maxAttempts: 3,
  afterRollback: "run",
  isConfirmedByHand: false,
  selector: "--name app",
};

/** A command as `systemctl show` prints it. */
export const shown = (line: string, flags = ""): string =>
  `{ path=${line.split(" ")[0]} ; argv[]=${line} ; flags=${flags} ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 }`;

/** The gate before the program. */
export const PRE = "/usr/local/bin/boot-sentinel check --name app --unit app.service";

/** The gate in front of the program. */
export const FRONT: Shown = {
  LoadState: "loaded",
  Type: "exec",
  ExecStartEx: shown("/opt/s/boot-sentinel run --nofile 1024 -- /opt/app/server -p 1"),
  ExecStopPostEx: shown("/opt/s/boot-sentinel stopped --exe /opt/app/server"),
  Restart: "always",
  RestartUSec: "1s",
  StartLimitBurst: "16",
  StartLimitIntervalUSec: "1min",
  TimeoutStartUSec: "1min 30s",
  ProtectSystem: "full",
  ReadWritePaths: "/opt/app",
  UnsetEnvironment: "BUN_OPTIONS BUN_BE_BUN",
  LimitAS: "infinity",
  TasksMax: "4915",
};

/** The gate beside the program, as root. */
export const BESIDE: Shown = {
  ...FRONT,
  ExecStartPreEx: shown(PRE, "ignore-failure privileged"),
  ExecStartEx: shown("/opt/app/server -p 1"),
  ExecStartPostEx: shown(PRE.replace("check", "watch"), "ignore-failure privileged"),
  ExecStopPostEx: shown(PRE.replace("check", "stopped"), "ignore-failure privileged"),
};

/** Properties by their names; several values of one are several lines. */
export type Shown = Readonly<Record<string, string | readonly string[]>>;

/** What is asked about it, and what else systemd answers. */
export interface Asked {
  readonly target?: Partial<Target>;
  readonly cat?: string;
  readonly instances?: string;
  /** What systemd gives to all units. */
  readonly variables?: string;
  /** The mount's fault in the service's own namespace. */
  readonly inside?: RootFault;
  readonly uid?: number;
  readonly managers?: Readonly<Record<"system" | "user", Shown | undefined>>;
}

/** What the doctor finds in a unit. */
export async function examined(unit: Shown, asked: Asked = {}): Promise<ExaminedUnit> {
  const target = { ...TARGET, ...asked.target };
  const managers = asked.managers ?? { system: unit, user: undefined };
  const answer = (code: number, stdout: string) => Promise.resolve({ code, stdout, stderr: "" });
  const machine = {
    user: { name: "somebody", uid: asked.uid ?? 0 },
    facts: { rootFault: () => asked.inside, fileFacts: (path: string) => path.startsWith("/missing") ? undefined : {} },
    io: {
      systemctl(...args: string[]) {
        const facts = args[0] === "--user" ? managers.user : managers.system;
        if (args.includes("list-units")) return answer(0, asked.instances ?? "");
        if (args.includes("show-environment")) return answer(0, asked.variables ?? "");
        if (args.includes("cat")) return answer(0, asked.cat ?? "");
        if (facts === undefined) return answer(args[0] === "--user" ? 1 : 0, "LoadState=not-found\n");
        const lines = Object.entries(facts).flatMap(([name, value]) => [value].flat().map((one) => `${name}=${one}\n`));
        return answer(0, lines.join(""));
      },
      runTool: (program: string, ...args: string[]) =>
        program === "id"
          ? answer(args[1] === "nobody-knows" ? 1 : 0, "1000\n")
          : answer(0, args.includes("/opt/s/boot-sentinel") ? "yes\n" : "no\n"),
    },
  } as unknown as Machine;
  return await examineUnit(target, target.exe, machine);
}

/** What is not good about a unit. */
export async function trouble(unit: Shown, asked: Asked = {}): Promise<string[]> {
  const { findings } = await examined(unit, asked);
  return findings.filter(({ verdict }) => verdict !== "good").map(({ verdict, code }) => `${verdict} ${code}`);
}
