/** A machine with files in memory, on which `systemctl` answers by the start of its command line. @module */
import type { Finding, Target } from "../../../../src/service/doctor/check.ts";
import type { ServicePlan } from "../../../../src/service/install/service_manager.ts";
import { systemdManager } from "../../../../src/service/install/systemd/manager.ts";
import type { Machine } from "../../../../src/service/install/systemd/scope.ts";
import { environmentOf } from "../../../../src/system/process/process_io.ts";
import type { ToolEnd } from "../../../../src/system/tools/run_tool.ts";
import { memoryFs } from "../../../../src/testing.ts";

/** A plan for a new service. */
export const PLAN: ServicePlan = {
  name: "web",
  dropIn: undefined,
  self: "/opt/sentinel/boot-sentinel",
  command: ["/opt/web/server", "--title", "50% of $HOME"],
  exe: undefined,
  guard: undefined,
  dataDir: undefined,
  user: undefined,
  type: "exec",
  settings: { probe: ["http://127.0.0.1/#body=v 2"], maxAttempts: 3 },
  probes: ["http://127.0.0.1/#body=v 2"],
  probeTimeoutMs: 1000,
  isConfirmedByHand: false,
  runArgs: [],
  maxAttempts: 3,
  afterRollback: "run",
  gateMs: 75_000,
  stopTimeoutMs: 10_000,
  description: undefined,
  delayed: false,
  password: undefined,
  start: false,
};

/** An answer of `systemctl`: its output, or a failure. */
export type SystemctlAnswer = string | { readonly failure: string };

/** What a test sets about the machine. */
export interface MachineOptions {
  readonly isUsers?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Programs and other files, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the doctor says of a service. @default nothing */
  readonly examine?: (target: Target) => Finding[];
  /** By the first words of `systemctl`, without `--user`; the first that fits. A function is asked at each call. */
  readonly answers?: Readonly<Record<string, SystemctlAnswer | (() => SystemctlAnswer)>>;
}

/** Makes a machine. Units that no answer is about do not exist. */
export function machineWith(
  { isUsers = false, env = {}, files = {}, answers = {}, examine = () => [] }: MachineOptions = {},
) {
  const fs = memoryFs();
  fs.put("/opt/web/server", "#!1.0.0", 0o755);
  for (const [path, text] of Object.entries(files)) fs.put(path, text, 0o755);
  const calls: string[] = [];
  let clock = 0;
  const runTool = (program: string, ...args: string[]): Promise<ToolEnd> => {
    calls.push([program, ...args].join(" "));
    const line = args.filter((word) => word !== "--user").join(" ");
    const found = Object.entries(answers).find(([start]) => line.startsWith(start))?.[1];
    const answer = typeof found === "function" ? found() : found ??
      (args.includes("cat") ? { failure: `No files found for ${args.at(-1)}.` } : "");
    return Promise.resolve(
      typeof answer === "string"
        ? { code: 0, stdout: answer, stderr: "" }
        : { code: 1, stdout: "", stderr: answer.failure },
    );
  };
  const machine: Machine = {
    fs,
    isUsers,
    examine: (target) => Promise.resolve(examine(target)),
    io: {
      systemctl: (...args) => runTool("systemctl", ...args),
      runTool,
      pause: (ms) => Promise.resolve(void (clock += ms)),
      now: () => clock,
      env: environmentOf(env),
    },
  };
  return { machine, manager: systemdManager(machine), fs, calls, texts: () => fs.texts() };
}

/** The output of `systemctl show`. */
export function properties(facts: Readonly<Record<string, string>>): string {
  return Object.entries({ LoadState: "loaded", Type: "simple", ...facts }).map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
