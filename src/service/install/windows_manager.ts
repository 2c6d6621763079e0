/** Services of the Windows service manager. @module */
import { messageOf, SentinelError } from "../../core/errors.ts";
import type { ServiceReport, ServiceSpec } from "../../system/windows/service_manager.ts";
import { commandLine } from "../../system/windows/quote.ts";
import type { ServiceManager, ServicePlan } from "./service_manager.ts";
import { DEADLY_NAMES, takesOver } from "./runtime_variables.ts";

/** What is asked of the system. Each throws an error that says what happened and what to do. */
export interface WindowsServices {
  /** Returns warnings. */
  installService(spec: ServiceSpec): string[];
  uninstallService(name: string, options?: { readonly stopTimeoutMs?: number }): void;
  showService(name: string): ServiceReport | undefined;
  startService(name: string): void;
}

/** Beyond the program's own time to stop. */
const STOP_MARGIN_MS = 10_000;
/** The longest stop that was promised to any service, for an uninstall that does not know it. */
const LONGEST_STOP_MS = 120_000;
/** The service manager takes no slashes; a quotation mark or a line break would confuse whoever reads the name. */
const GOOD_NAME = /^[^\\/"\r\n\t]{1,256}$/;

/**
 * Services of this machine.
 *
 * @param env This process's environment: which variables of the runtimes are set for the whole machine.
 */
export function windowsManager(
  services: WindowsServices,
  env: Readonly<Record<string, string | undefined>>,
): ServiceManager {
  return {
    show: (plan) =>
      answer(() => {
        const present = services.showService(checkedName(plan.name));
        return plan.command.length === 0 ? showPresent(plan.name, present) : show(plan, specOf(plan, env), present);
      }),
    doubts: () => Promise.resolve([]),
    install: (plan) => answer(() => install(services, plan, specOf(plan, env))),
    uninstall: ({ name, wrap }) =>
      answer(() => {
        refuseWrap(wrap, name);
        services.uninstallService(checkedName(name), { stopTimeoutMs: LONGEST_STOP_MS });
        return [`${name} is stopped and uninstalled; its program and state files are untouched`];
      }),
  };
}

/** What the system throws becomes the error of commands. */
function answer<T>(act: () => T): Promise<T> {
  try {
    return Promise.resolve(act());
  } catch (error) {
    if (error instanceof SentinelError) return Promise.reject(error);
    return Promise.reject(new SentinelError("nothing", messageOf(error), error));
  }
}

function install(services: WindowsServices, plan: ServicePlan, spec: ServiceSpec): string[] {
  const said = [`Installed the service ${plan.name}`, ...services.installService(spec)];
  if (!plan.start) return [...said, `Start it: sc start ${plan.name}`];
  try {
    services.startService(plan.name);
    return [...said, `${plan.name} is starting behind the gate`];
  } catch (error) {
    throw new SentinelError("nothing", `The service ${plan.name} is installed and does not start: ${messageOf(error)}`);
  }
}

function specOf(plan: ServicePlan, env: Readonly<Record<string, string | undefined>>): ServiceSpec {
  refuseWrap(plan.wrap, plan.name);
  const name = checkedName(plan.name);
  const [program = "", ...args] = plan.command;
  if (plan.exe !== undefined && plan.exe.toLowerCase() !== program.toLowerCase()) {
    throw new SentinelError(
      "nothing",
      `Cannot install ${name}: on Windows the guarded program is the word after --; leave --exe out; nothing was changed`,
    );
  }
  const dataDir = plan.dataDir === undefined ? [] : ["--data-dir", plan.dataDir];
  const source = plan.runWords.includes("--event-source") ? [] : ["--event-source", name];
  const { user, password, description } = plan;
  return {
    name,
    program: plan.self,
    args: ["run", ...plan.runWords, ...source, ...dataDir, "--", program, ...args],
    description: description ?? `${name} (updates guarded by boot-sentinel)`,
    start: plan.delayed ? "delayed" : "auto",
    preshutdownMs: plan.stopTimeoutMs + STOP_MARGIN_MS,
    environment: hidden(env),
    ...(user === undefined ? {} : { account: accountOf(user) }),
    ...(password === undefined ? {} : { password }),
  };
}

/** An empty value hides the machine's. */
function hidden(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const present = Object.keys(env).filter(takesOver).map((name) => name.toUpperCase()).sort();
  return Object.fromEntries([...DEADLY_NAMES, ...present].map((name) => [name, ""]));
}

/** The manager wants built-in accounts with their authority, and local users with a machine. */
function accountOf(user: string): string {
  if (/^(LocalService|NetworkService)$/i.test(user)) return `NT AUTHORITY\\${user}`;
  return /[\\@]|^LocalSystem$/i.test(user) ? user : `.\\${user}`;
}

function show(plan: ServicePlan, spec: ServiceSpec, present: ServiceReport | undefined): string {
  return rows([
    ["service", spec.name],
    ["command", commandLine(spec.program, spec.args)],
    ["start", spec.start === "delayed" ? "automatic, delayed" : "automatic"],
    ["account", spec.account ?? "LocalSystem"],
    ["description", spec.description ?? ""],
    ["recovery", "restart after 5 s, 5 s, 30 s, also when the service reports a failure"],
    ["stop", `${plan.stopTimeoutMs / 1000} s to end, then its whole tree is killed`],
    ["environment", Object.keys(spec.environment ?? {}).map((name) => `${name}=`).join(" ")],
    ["event log", `Application, source ${spec.name}`],
    ["now", present === undefined ? "not installed" : `installed, ${present.state}`],
  ]);
}

function showPresent(name: string, present: ServiceReport | undefined): string {
  if (present === undefined) {
    throw new SentinelError(
      "missing",
      `Cannot show ${name}: no such service is installed; sc query lists the services`,
    );
  }
  const { restartDelaysMs: delays, restartsOnFailureCode: onCode } = present;
  const recovery = delays.map((delay) => `${delay / 1000} s`).join(", ");
  return rows([
    ["service", present.name],
    ["command", present.commandLine],
    ["start", present.start],
    ["account", present.account],
    ["description", present.description],
    [
      "recovery",
      recovery === "" ? "none" : `restart after ${recovery}${onCode ? ", also when it reports a failure" : ""}`,
    ],
    ["environment", present.environment.join(" ")],
    [
      "now",
      `${present.state}${present.pid === 0 ? "" : `, process ${present.pid}`}, last exit code ${present.exitCode}`,
    ],
  ]);
}

function rows(pairs: readonly (readonly [what: string, text: string])[]): string {
  return pairs.map(([what, text]) => `${what.padEnd(13)}${text}\n`).join("");
}

function checkedName(name: string): string {
  if (GOOD_NAME.test(name)) return name;
  throw new SentinelError(
    "nothing",
    `Cannot use ${name} as a service's name: it takes up to 256 characters without \\ / "`,
  );
}

function refuseWrap(wrap: boolean, name: string): void {
  if (!wrap) return;
  throw new SentinelError(
    "nothing",
    `Cannot guard ${name} from outside: Windows services are not wrapped; nothing was changed; ` +
      "let the service guard itself (check, or the library), or install its console program: service install NAME -- EXE",
  );
}
