/** Services under systemd: a unit of their own, or a drop-in for an existing unit. @module */
import { dirname } from "@std/path/dirname.js";
import { messageOf, SentinelError } from "../../../core/errors.ts";
import type { UnitFiles } from "../../../system/tools/unit_files.ts";
import type { ServiceManager, ServicePlan } from "../service_manager.ts";
import { readUnitFile, wrappedCommand } from "./read_unit.ts";
import { takesOver } from "../runtime_variables.ts";
import { parseShow, variableNames } from "./systemctl.ts";
import { accountOf, mayWrite } from "./unit_user.ts";
import { dropInText, type Guard, MARK, unitText } from "./unit_text.ts";

const FOLDER = "/etc/systemd/system";

/** Services of this machine's systemd. */
export function systemdManager(files: UnitFiles): ServiceManager {
  return {
    show: async (plan) => (await prepare(files, plan)).text,
    doubts: async (plan) => {
      const { exe, user } = await prepare(files, plan);
      return await warnOfPlace(files, exe, user);
    },
    install: async (plan) => await install(files, plan),
    uninstall: async (plan) => await uninstall(files, plan),
  };
}

interface Prepared {
  readonly text: string;
  readonly exe: string;
  readonly dataDir: string;
  readonly user: string | undefined;
}

async function prepare(files: UnitFiles, plan: ServicePlan): Promise<Prepared> {
  const unit = unitName(plan.name);
  const name = unit.replace(/\.service$/, "");
  const facts = await showUnit(files, plan.wrap ? unit : undefined);
  const guard = (exe: string, dataDir: string): Guard => ({
    self: plan.self,
    exe,
    dataDir,
    runWords: plan.runWords,
    stoppedWords: plan.stoppedWords,
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
  const cat = await files.run("systemctl", "cat", unit);
  if (cat.code !== 0) {
    throw new SentinelError("missing", `Cannot wrap ${unit}: ${cat.stderr.trim()}; nothing was changed`);
  }
  try {
    const command = wrappedCommand(readUnitFile(cat.stdout, pathOf(unit, true)));
    const variables = variableNames(facts["Environment"]);
    const taken = variables.filter((variable) => takesOver(variable) === "bun").join(" ");
    if (taken !== "") throw new Error(`it sets ${taken}, which would take the gate over; set it in a wrapper instead`);
    const dataDir = plan.dataDir ?? `/var/lib/boot-sentinel/${name}`;
    const user = facts["User"] === "" ? undefined : facts["User"];
    const exe = plan.exe ?? command.program;
    return { text: dropInText(guard(exe, dataDir), { ...command, variables }), exe, dataDir, user };
  } catch (error) {
    throw new SentinelError("nothing", `Cannot wrap ${unit}: ${messageOf(error)}; nothing was changed`);
  }
}

async function install(files: UnitFiles, plan: ServicePlan): Promise<string[]> {
  const unit = unitName(plan.name);
  const path = pathOf(unit, plan.wrap);
  const { text, exe, dataDir, user } = await prepare(files, plan);
  refuseForeign(files, path);
  const foreign = plan.wrap ? undefined : await files.run("systemctl", "cat", unit);
  if (foreign?.code === 0 && !foreign.stdout.includes(MARK)) {
    throw new SentinelError(
      "nothing",
      `Cannot install ${unit}: the system has a unit of this name; nothing was changed; guard it by --drop-in ${unit}`,
    );
  }
  if (plan.wrap) files.makeDirectory(dataDir, user === undefined ? undefined : await accountOf(user, files.run));
  files.write(path, text);
  await must(files, `Wrote ${path}, and systemd does not take it`, "daemon-reload");
  const said = [`Wrote ${path}`, ...await warnOfPlace(files, exe, user)];
  if (!plan.wrap) await must(files, `Wrote ${path}, and it cannot be enabled`, "enable", unit);
  if (plan.start) {
    await must(files, `Wrote ${path}, and the service does not start`, "restart", unit);
    said.push(`${unit} runs behind the gate`);
  } else {
    said.push(`It counts from the next start on: systemctl restart ${unit}`);
  }
  return said;
}

/** The gate runs as the service's user, and puts programs back beside the guarded one. */
async function warnOfPlace(files: UnitFiles, exe: string, user: string | undefined): Promise<string[]> {
  if (user === undefined || user === "root") return [];
  const dir = dirname(exe);
  const writes = await mayWrite(user, dir, files.run);
  if (typeof writes === "string") return [writes];
  if (writes) return [];
  return [`${user} cannot write ${dir}: nothing can be put back there; move the program to a folder that ${user} owns`];
}

async function uninstall(files: UnitFiles, { name, wrap }: Pick<ServicePlan, "name" | "wrap">): Promise<string[]> {
  const unit = unitName(name);
  const path = pathOf(unit, wrap);
  if (files.read(path) === undefined) {
    throw new SentinelError("missing", `Cannot uninstall: ${path} does not exist; nothing was changed`);
  }
  refuseForeign(files, path);
  if (!wrap) await files.run("systemctl", "disable", "--now", unit);
  files.remove(path);
  await must(files, `Removed ${path}, and systemd has not noticed`, "daemon-reload");
  const next = wrap ? `${unit} starts without the gate: systemctl restart ${unit}` : `${unit} is stopped`;
  return [`Removed ${path}`, `${next}; its program and state files are untouched`];
}

function unitName(name: string): string {
  const unit = name.endsWith(".service") ? name : `${name}.service`;
  if (/^[\w:.@\\-]+$/.test(unit) && unit.length < 256) return unit;
  throw new SentinelError("nothing", `Cannot use ${name} as a unit's name: it takes letters, digits and :-_.@`);
}

function pathOf(unit: string, wrap: boolean): string {
  return wrap ? `${FOLDER}/${unit}.d/50-boot-sentinel.conf` : `${FOLDER}/${unit}`;
}

function refuseForeign(files: UnitFiles, path: string): void {
  const present = files.read(path);
  if (present === undefined || present.startsWith(MARK)) return;
  throw new SentinelError("nothing", `Cannot touch ${path}: it is not ours; nothing was changed; move it away first`);
}

async function must(files: UnitFiles, trouble: string, ...words: string[]): Promise<void> {
  const { code, stderr } = await files.run("systemctl", ...words);
  if (code !== 0) throw new SentinelError("nothing", `${trouble}: systemctl ${words.join(" ")}: ${stderr.trim()}`);
}

async function showUnit(files: UnitFiles, unit: string | undefined): Promise<Record<string, string>> {
  const properties = unit === undefined ? ["DefaultLimitNOFILESoft"] : ["LimitNOFILESoft", "User", "Environment"];
  const { stdout } = await files.run(
    "systemctl",
    "show",
    ...properties.map((p) => `--property=${p}`),
    ...(unit ? [unit] : []),
  );
  return parseShow(stdout);
}

/** systemd's own default, for a machine where it cannot be asked. */
const DEFAULT_NOFILE = 1024;

function softLimit(text: string | undefined): number | undefined {
  if (text === "infinity") return undefined;
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 31) : DEFAULT_NOFILE;
}
