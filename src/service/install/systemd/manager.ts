/** Installs services under systemd: a new unit, or a drop-in for an existing one. @module */
import { SentinelError } from "../../../core/errors.ts";
import { shellWord } from "../../../core/shell_word.ts";
import { type Finding, note } from "../../doctor/check.ts";
import { dataDirFor } from "../data_dir.ts";
import { filesLeft, removeLeft } from "../leave.ts";
import { type NewFile, putFiles, undoneText } from "../put_files.ts";
import type { Preview, ServiceManager, ServicePlan } from "../service_manager.ts";
import { examinePlan, refuseUnprotected } from "../examine_plan.ts";
import { registryFile } from "../registry_file.ts";
import { affectedRuntime } from "../runtime_variables.ts";
import { isTemplate, managerVariables, systemctlLine, unitsUp } from "./ask_systemd.ts";
import { bringUp } from "./bring_up.ts";
import { mendsOf } from "./mend.ts";
import { guardedBy, refuseUnit, refusing, type Target, targetOf } from "./preflight.ts";
import { pathOf, refuseForeign } from "./own_files.ts";
import { foldersOf, type Machine, systemctl, systemctlIn, systemctlOrThrow, unitName } from "./scope.ts";
import { uninstall } from "./uninstall.ts";
import { unitFacts } from "./unit_facts.ts";
import { type Beside, dropInText, MARK, unitText } from "./unit_text.ts";

/** The service manager of a machine with systemd, or of a user. */
export function systemdManager(machine: Machine): ServiceManager {
  return {
    show: async (plan) => previewOf(await prepare(machine, plan)),
    install: async (plan) => await install(machine, plan),
    uninstall: async (plan) => await uninstall(machine, plan),
  };
}

/** What would be installed. */
interface Prepared {
  readonly unit: string;
  readonly target: Target;
  readonly dataDir: string;
  readonly files: readonly NewFile[];
  readonly findings: readonly Finding[];
}

function previewOf({ files, findings }: Prepared): Preview {
  return { text: files.map(({ path, text }) => `# ${path}\n${text}`).join("\n"), findings, files };
}

async function prepare(machine: Machine, plan: ServicePlan): Promise<Prepared> {
  const { name, dropIn } = plan;
  const unit = unitName(dropIn ?? name);
  const folders = foldersOf(machine);
  const path = pathOf(machine, unit, dropIn !== undefined);
  refuseForeign(machine, path);
  const { target, text, findings } = dropIn === undefined
    ? await newUnit(machine, plan, unit)
    : await dropInOf(machine, { ...plan, dropIn }, unit, path);
  const dataDir = dataDirFor(machine.fs, target.exe, plan.dataDir, `${folders.state}/${name}`);
  const examined = await examine(machine, plan, { unit, target, dataDir });
  const whole = guardedBy(machine.fs, target.exe);
  const alone = whole === target.exe || !target.isStarted ? [] : [
    note("guard", "one-file", `only the file ${target.exe} is guarded; the release that it lies in: --guard ${whole}`),
  ];
  const guarded = target.isStarted ? { exe: target.exe } : { guard: target.exe };
  const registered = registryFile(`${folders.registry}/${name}.json`, { ...plan.settings, ...guarded, dataDir, unit });
  return {
    unit,
    target,
    dataDir,
    findings: [...findings, ...alone, ...examined],
    files: [registered, { path, text, mode: 0o644 }],
  };
}

/** What the doctor says of it. */
async function examine(
  machine: Machine,
  plan: ServicePlan,
  { unit, target, dataDir }: Pick<Prepared, "unit" | "target" | "dataDir">,
): Promise<Finding[]> {
  const { isUsers } = machine;
  const isThere = plan.dropIn !== undefined ||
    (await unitsUp(systemctlIn(machine), unit)).length > 0;
  return await examinePlan(machine.examine, machine.io.runTool, {
    ...plan,
    ...target,
    dataDir,
    unit: isThere ? { name: unit, isUsers } : undefined,
    isNew: !isThere,
    gateAs: isUsers ? "user" : "root",
    isInstalled: false,
    selector: `--name ${shellWord(plan.name)}`,
  });
}

/** What is guarded, and the text of the unit or drop-in for it. */
interface Written extends Pick<Prepared, "target" | "findings"> {
  readonly text: string;
}

async function newUnit(machine: Machine, plan: ServicePlan, unit: string): Promise<Written> {
  const { name, command, exe, guard } = plan;
  const install = `boot-sentinel service install ${shellWord(name)} … -- ${
    command.map((word) => shellWord(word)).join(" ")
  }`;
  const target = refusing(name, () => targetOf(machine.fs, { exe, guard, install, command, folder: "/" }));
  await refuseOtherUnit(machine, unit);
  const { beside, findings } = await gateBeside(machine, plan, []);
  return { target, text: unitText(beside, plan), findings };
}

async function dropInOf(
  machine: Machine,
  plan: ServicePlan & { readonly dropIn: string },
  unit: string,
  path: string,
): Promise<Written> {
  const { exe, guard } = plan;
  const facts = await unitFacts(machine, unit, path);
  const target = refusing(unit, () => {
    refuseUnit(facts);
    const folder = (facts.properties["WorkingDirectory"] ?? "").replace(/^[-!]/, "") || "/";
    const install = `boot-sentinel service install --drop-in ${shellWord(plan.dropIn)} …`;
    return targetOf(machine.fs, { exe, guard, install, command: facts.command, folder });
  });
  const mends = mendsOf(facts.properties, plan);
  const { beside, findings } = await gateBeside(machine, plan, facts.variables);
  return {
    target,
    text: dropInText(beside, facts.lists, mends),
    findings: [...mends.told.map((told) => note("unit", "mended", told)), ...findings],
  };
}

/** How the gate stands beside a unit with these variables of its own. */
async function gateBeside(
  machine: Machine,
  { self, name }: ServicePlan,
  variables: readonly string[],
): Promise<{ readonly beside: Beside; readonly findings: readonly Finding[] }> {
  const all = new Set([...await managerVariables(systemctlIn(machine)), ...variables]);
  const cleared = [...all].filter((variable) => affectedRuntime(variable) === "bun");
  const findings = cleared.length === 0
    ? []
    : [note("unit", "variables-cleared", `the gate is started without ${cleared.join(", ")}`)];
  return { beside: { self, name, asRoot: !machine.isUsers, cleared }, findings };
}

async function install(machine: Machine, plan: ServicePlan): Promise<string[]> {
  const prepared = await prepare(machine, plan);
  const { unit, target, files, dataDir, findings } = prepared;
  refuseUnprotected(plan.dropIn === undefined ? plan.name : unit, findings);
  const { fs } = machine;
  const before = await unitsUp(systemctlIn(machine), unit);
  const ours = new Set(filesLeft(fs, target.exe, dataDir));
  fs.makeDirectory(dataDir);
  const undoFiles = putFiles(fs, files);
  const undo = async () => {
    const failures = undoFiles();
    await systemctl(machine, "daemon-reload");
    // Starts that were tried have left their state.
    removeLeft(fs, filesLeft(fs, target.exe, dataDir).filter((file) => !ours.has(file)), dataDir);
    return failures;
  };
  const messages = [
    ...files.map(({ path }) => `Wrote ${path}`),
    ...findings.filter(({ verdict }) => verdict !== "good").map(({ check, text }) => `Note: ${check}: ${text}`),
  ];
  try {
    await systemctlOrThrow(machine, "systemd did not load it", "daemon-reload");
    if (plan.dropIn === undefined) await systemctlOrThrow(machine, "It cannot be enabled", "enable", unit);
  } catch (error) {
    throw new SentinelError("nothing", `${(error as Error).message}; ${undoneText(await undo())}`, error);
  }
  if (machine.isUsers) messages.push(...await lingering(machine));
  if (!plan.start) return [...messages, ...unstarted(machine, unit, before)];
  return [...messages, await start(machine, plan, unit, before, undo)];
}

function unstarted(machine: Machine, unit: string, before: readonly string[]): string[] {
  const which = before.length > 0 ? before : [unit];
  return [`It takes effect at the next start: ${systemctlLine(machine, "restart", ...which)}`];
}

/** Starts the service; what it breaks is undone. */
async function start(
  machine: Machine,
  plan: ServicePlan,
  unit: string,
  before: readonly string[],
  undo: () => Promise<string[]>,
): Promise<string> {
  const units = before.length > 0 ? before : isTemplate(unit) ? [] : [unit];
  if (units.length === 0) return `No instance of ${unit} is up: each is guarded from its next start on`;
  const limitMs = plan.gateMs + 30_000;
  const fault = await bringUp(machine, units, limitMs);
  if (fault === undefined) {
    const up = units.join(", ");
    return plan.isConfirmedByHand
      ? `${up} is up, and becomes last-good once you confirm it: boot-sentinel confirm --name ${plan.name}`
      : `${up} is up, and becomes last-good once it is healthy: boot-sentinel status --name ${plan.name}`;
  }
  if (before.length === 0) {
    throw new SentinelError(
      "nothing",
      `${unit} is guarded, but not up: ${fault}; it was not up before either; ${
        systemctlLine(machine, "status", unit)
      }`,
    );
  }
  const failures = await undo();
  // The failed starts would count for the unit's own start limit.
  await systemctl(machine, "reset-failed", ...units);
  const again = await bringUp(machine, units, limitMs);
  const now = again === undefined
    ? "it is up again as it was before"
    : `and it is not up without the gate either: ${again}`;
  const undone = failures.length === 0 ? "everything was undone" : undoneText(failures);
  throw new SentinelError("nothing", `${fault}; ${undone}, ${now}; ${systemctlLine(machine, "status", unit)}`);
}

/** A user's units end when that user logs out, unless that user may linger. */
async function lingering({ io }: Machine): Promise<string[]> {
  const { code, stdout } = await io.runTool("loginctl", "show-user", "--property=Linger", io.env.get("USER") ?? "");
  if (code === 0 && stdout.includes("Linger=yes")) return [];
  return ["Note: the service ends when this user logs out; to keep it running: loginctl enable-linger"];
}

/** A unit of this name may exist in another directory (/usr/lib): a file in /etc would replace it. */
async function refuseOtherUnit(machine: Machine, unit: string): Promise<void> {
  const present = await systemctl(machine, "cat", unit);
  if (present.code !== 0 || present.stdout.includes(MARK)) return;
  throw new SentinelError(
    "nothing",
    `Cannot install ${unit}: a unit of this name exists; nothing was changed; to guard it: ` +
      `boot-sentinel service install --drop-in ${unit}`,
  );
}
