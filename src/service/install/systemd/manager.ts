/** Installs services under systemd: a new unit, or a drop-in for an existing one. @module */
import { dirname } from "@std/path/dirname.js";
import { messageOf, SentinelError } from "../../../core/errors.ts";
import { type Fs, FsError } from "../../../core/fs_port.ts";
import { replaceFile } from "../../../core/state/replace_file.ts";
import type { ProcessIo } from "../../../system/process/process_io.ts";
import type { ServiceManager, ServicePlan } from "../service_manager.ts";
import { readUnitFile, wrappedCommand } from "./read_unit.ts";
import { affectedRuntime } from "../runtime_variables.ts";
import { parseShow, variableNames } from "./ask_systemd.ts";
import { accountOf, mayWrite } from "./unit_user.ts";
import { dropInText, type Guard, MARK, unitText } from "./unit_text.ts";

const FOLDER = "/etc/systemd/system";

/** What the installation uses of the machine. */
interface Machine {
  readonly fs: Fs;
  readonly io: Pick<ProcessIo, "systemctl" | "runTool">;
}

/** The service manager of a machine with systemd. */
export function systemdManager(fs: Fs, io: Machine["io"]): ServiceManager {
  const machine = { fs, io };
  return {
    show: async (plan) => (await prepare(machine, plan)).text,
    warnings: async (plan) => {
      const { exe, user } = await prepare(machine, plan);
      return await folderWarnings(machine, exe, user);
    },
    install: async (plan) => await install(machine, plan),
    uninstall: async (plan) => await uninstall(machine, plan),
  };
}

interface Prepared {
  readonly text: string;
  readonly exe: string;
  readonly dataDir: string;
  readonly user: string | undefined;
}

async function prepare(machine: Machine, plan: ServicePlan): Promise<Prepared> {
  const unit = unitName(plan.name);
  const name = unit.replace(/\.service$/, "");
  const facts = await showUnit(machine, plan.wrap ? unit : undefined);
  const guard = (exe: string, dataDir: string): Guard => ({
    self: plan.self,
    exe,
    dataDir,
    runArgs: plan.runArgs,
    stoppedArgs: plan.stoppedArgs,
    maxAttempts: plan.maxAttempts,
    afterRollback: plan.afterRollback,
    deadlineMs: plan.deadlineMs,
    nofile: softLimit(facts["LimitNOFILESoft"] ?? facts["DefaultLimitNOFILESoft"]),
  });
  if (!plan.wrap) {
    const [program = "", ...args] = plan.command;
    const exe = plan.exe ?? program;
    const dataDir = plan.dataDir ?? `/var/lib/${name}`;
    const { type, user } = plan;
    const options = { ...guard(exe, dataDir), name, type, user, args, exe: program };
    return { text: unitText(options), exe: program, dataDir, user };
  }
  const cat = await machine.io.systemctl("cat", unit);
  if (cat.code !== 0) {
    throw new SentinelError("missing", `Cannot wrap ${unit}: ${cat.stderr.trim()}; nothing was changed`);
  }
  try {
    const command = wrappedCommand(readUnitFile(cat.stdout, pathOf(unit, true)));
    const variables = variableNames(facts["Environment"]);
    const bun = variables.filter((variable) => affectedRuntime(variable) === "bun").join(" ");
    if (bun !== "") {
      throw new Error(`it sets ${bun}, which would change the runtime inside the gate; set it in a wrapper instead`);
    }
    const dataDir = plan.dataDir ?? `/var/lib/boot-sentinel/${name}`;
    const user = facts["User"] === "" ? undefined : facts["User"];
    const exe = plan.exe ?? command.program;
    return { text: dropInText(guard(exe, dataDir), { ...command, variables }), exe, dataDir, user };
  } catch (error) {
    throw new SentinelError("nothing", `Cannot wrap ${unit}: ${messageOf(error)}; nothing was changed`);
  }
}

async function install(machine: Machine, plan: ServicePlan): Promise<string[]> {
  const unit = unitName(plan.name);
  const path = pathOf(unit, plan.wrap);
  const { text, exe, dataDir, user } = await prepare(machine, plan);
  refuseForeign(machine, path);
  // A unit of this name may exist in another directory (/usr/lib): a file in /etc would replace it.
  const present = plan.wrap ? undefined : await machine.io.systemctl("cat", unit);
  if (present?.code === 0 && !present.stdout.includes(MARK)) {
    throw new SentinelError(
      "nothing",
      `Cannot install ${unit}: a unit of this name exists; nothing was changed; to guard it: ` +
        `boot-sentinel service install --drop-in ${unit}`,
    );
  }
  if (plan.wrap) await makeDirectory(machine, dataDir, user);
  machine.fs.makeDirectory(dirname(path));
  // 0644, as for all units: systemd logs a warning for a unit file that not every user can read.
  replaceFile(machine.fs, path, text, 0o644);
  await systemctlOrThrow(machine, `Wrote ${path}, but systemd did not load it`, "daemon-reload");
  const messages = [`Wrote ${path}`, ...await folderWarnings(machine, exe, user)];
  if (!plan.wrap) await systemctlOrThrow(machine, `Wrote ${path}, but cannot enable it`, "enable", unit);
  if (plan.start) {
    await systemctlOrThrow(machine, `Wrote ${path}, but the service does not start`, "restart", unit);
    messages.push(`${unit} runs through the gate`);
  } else {
    messages.push(`It takes effect at the next start: systemctl restart ${unit}`);
  }
  return messages;
}

/** The gate runs as the service's user, and a rollback writes into the program's folder. */
async function folderWarnings(machine: Machine, exe: string, user: string | undefined): Promise<string[]> {
  if (user === undefined || user === "root") return [];
  const dir = dirname(exe);
  const writes = await mayWrite(user, dir, machine.io.runTool);
  if (typeof writes === "string") return [writes];
  if (writes) return [];
  return [`${user} cannot write ${dir}: no rollback is possible; move the program to a folder that ${user} owns`];
}

async function uninstall(machine: Machine, { name, wrap }: Pick<ServicePlan, "name" | "wrap">): Promise<string[]> {
  const unit = unitName(name);
  const path = pathOf(unit, wrap);
  if (readText(machine.fs, path) === undefined) {
    throw new SentinelError("missing", `Cannot uninstall: ${path} does not exist; nothing was changed`);
  }
  refuseForeign(machine, path);
  if (!wrap) await machine.io.systemctl("disable", "--now", unit);
  machine.fs.remove(path);
  if (wrap) machine.fs.removeDirectory(dirname(path));
  await systemctlOrThrow(machine, `Removed ${path}, but systemd did not reload its units`, "daemon-reload");
  const next = wrap ? `${unit} starts without the gate after: systemctl restart ${unit}` : `${unit} is stopped`;
  return [`Removed ${path}`, `${next}; its program and state files are unchanged`];
}

function unitName(name: string): string {
  const unit = name.endsWith(".service") ? name : `${name}.service`;
  if (/^[\w:.@\\-]+$/.test(unit) && unit.length < 256) return unit;
  throw new SentinelError("nothing", `Cannot use ${name} as a unit's name: a name has letters, digits and :-_.@`);
}

function pathOf(unit: string, wrap: boolean): string {
  return wrap ? `${FOLDER}/${unit}.d/50-boot-sentinel.conf` : `${FOLDER}/${unit}`;
}

/** A file that does not start with {@link MARK} was not written by `install`, and is neither replaced nor removed. */
function refuseForeign(machine: Machine, path: string): void {
  const present = readText(machine.fs, path);
  if (present === undefined || present.startsWith(MARK)) return;
  const text = `Cannot change ${path}: boot-sentinel did not write it; nothing was changed; move it away first`;
  throw new SentinelError("nothing", text);
}

function readText(fs: Fs, path: string): string | undefined {
  try {
    return new TextDecoder().decode(fs.read(path, 1 << 20));
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return undefined;
    throw error;
  }
}

async function makeDirectory({ fs, io }: Machine, path: string, user: string | undefined): Promise<void> {
  fs.makeDirectory(path);
  if (user === undefined) return;
  const account = await accountOf(user, io.runTool);
  if (account !== undefined) await io.runTool("chown", `${account.uid}:${account.gid}`, path);
}

async function systemctlOrThrow(machine: Machine, failure: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await machine.io.systemctl(...args);
  if (code !== 0) throw new SentinelError("nothing", `${failure}: systemctl ${args.join(" ")}: ${stderr.trim()}`);
}

async function showUnit(machine: Machine, unit: string | undefined): Promise<Record<string, string>> {
  const properties = unit === undefined ? ["DefaultLimitNOFILESoft"] : ["LimitNOFILESoft", "User", "Environment"];
  const { stdout } = await machine.io.systemctl(
    "show",
    ...properties.map((p) => `--property=${p}`),
    ...(unit ? [unit] : []),
  );
  return parseShow(stdout);
}

/** systemd's default soft limit of open files, for a machine whose systemd does not report it. */
const DEFAULT_NOFILE = 1024;

function softLimit(text: string | undefined): number | undefined {
  if (text === "infinity") return undefined;
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 31) : DEFAULT_NOFILE;
}
