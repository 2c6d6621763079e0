/** Examines a live unit: the gate in it, and what it means for the gate's work. @module */
import { dirname } from "@std/path/dirname.js";
import { isTemplate, listUnits, managerVariables, systemctlOf } from "../install/systemd/ask_systemd.ts";
import { accountOf, mayWrite } from "../install/systemd/unit_user.ts";
import { shellWord } from "../../core/shell_word.ts";
import { bad, type Finding, type Machine, note, type Runner, type Target, unknown } from "./check.ts";
import { dropInCheck } from "./drop_in_check.ts";
import { gateChecks, type GateLines, gateLines, withGateOptions } from "./gate_lines.ts";
import { isUnit, type LiveUnit, readUnit } from "./live_unit.ts";
import { sandboxPlaces, workingDirectoryCheck } from "./unit_places.ts";
import { restartChecks } from "./unit_restart.ts";
import { runtimeChecks } from "./unit_runtime.ts";
import { againAsRoot } from "./check.ts";

/** What is known of a unit. */
export interface ExaminedUnit {
  /** The target, with the options that stand in the unit. */
  readonly target: Target;
  readonly unit: LiveUnit | undefined;
  readonly findings: readonly Finding[];
  /** The user with whose rights the gate works. */
  readonly runner: Runner;
  /** The user who runs the service; `undefined` when unknown. */
  readonly serviceWriter: string | undefined;
  readonly isGateSeen: boolean;
  /** The words of the service's own command, without the gate. */
  readonly command?: readonly string[];
}

/**
 * Codes of findings that the drop-in of `service install` mends by what it writes. Before an installation they are no
 * reason to refuse it.
 */
export const MENDED_BY_INSTALL: ReadonlySet<string> = new Set([
  "no-restart",
  "no-restart-after-rollback",
  "no-restart-after-exit-0",
  "restart-prevented",
  "start-limit-too-low",
  "start-limit-unreachable",
  "timeout-too-short",
  "timeout-short",
  "drop-in-stale",
  "runtime-variables",
]);

/**
 * Examines the target's unit, if it names one.
 *
 * @param program The guarded file, links followed.
 */
export async function examineUnit(target: Target, program: string, machine: Machine): Promise<ExaminedUnit> {
  if (target.unit === undefined) return withoutUnit(target, machine);
  const { name } = target.unit;
  if (isTemplate(name)) {
    const text = `${name} is a template: its instances are the units that run`;
    const one = shellWord(name.replace("@.", "@INSTANCE."));
    const finding = unknown("unit", "unit-template", text, `boot-sentinel doctor --unit ${one} ${target.selector}`);
    return { ...withoutUnit(target, machine), findings: target.isInstalled ? [finding] : [] };
  }
  const read = await readUnit(target.unit, machine.io.systemctl, againAsRoot(target, machine));
  if (!isUnit(read)) {
    const unseen = withoutUnit(target, machine);
    return { ...unseen, runner: { ...unseen.runner, isGuessed: true }, findings: [read] };
  }
  return await examineRead(read, target, program, machine);
}

async function examineRead(
  unit: LiveUnit,
  asked: Target,
  program: string,
  machine: Machine,
): Promise<ExaminedUnit> {
  const lines = asked.isInstalled ? gateLines(unit, asked.self) : undefined;
  const target = lines === undefined ? asked : withGateOptions(asked, lines);
  const gateFindings = target.isInstalled ? gateChecks(unit, lines, target) : [];
  const service = await accountOfUnit(unit, machine);
  // A user's own manager cannot give root's rights: + means nothing there.
  const isFree = !unit.isUsers && (lines === undefined ? target.gateAs === "root" : lines.gate.isPrivileged);
  const words = unit.commands.ExecStart[0]?.words ?? [];
  const command = lines?.layout === "front" ? words.slice(words.indexOf("--") + 1) : words;
  const base = { target, command, unit, serviceWriter: service.writer, isGateSeen: lines !== undefined };
  if (service.missing !== undefined) {
    const text = `${unit.name} runs as ${service.missing}, and there is no such user on this machine: it cannot start`;
    const missing = bad("unit user", "unit-user-unknown", text, "correct User= in the unit");
    const runner = isFree ? await rootRunner(machine) : thisRunner(machine);
    return { ...base, findings: [...gateFindings, missing], runner };
  }
  const runner = isFree ? await rootRunner(machine) : await unitRunner(unit, service, target, program, machine);
  const findings = [
    ...gateFindings,
    ...restartChecks(unit, target),
    ...runtimeChecks(unit, target, runner, {
      ofAllUnits: await managerVariables(systemctlOf(machine.io.systemctl, unit.isUsers)),
      cleared: lines?.gate.cleared,
    }),
    sandboxPlaces(unit, target, program, runner, machine.facts),
    ...workingDirectoryCheck(unit, machine),
    ...dropInCheck(unit),
    ...await executableCheck(unit, lines, target, runner, machine),
    ...await instancesCheck(unit, machine),
  ];
  return { ...base, findings, runner };
}

function withoutUnit(target: Target, machine: Machine): ExaminedUnit {
  const isRoot = target.gateAs === "root" && machine.user.uid === 0;
  const runner = { ...thisRunner(machine), ...(isRoot ? { isFree: true } : {}) };
  return { target, unit: undefined, findings: [], runner, serviceWriter: undefined, isGateSeen: false };
}

function thisRunner({ user: { name, uid } }: Machine): Runner {
  return { name, writer: `user ${uid}` };
}

/** Root, seen by root itself or by another user, who cannot try what root may write. */
function rootRunner({ user }: Machine): Runner {
  const root: Runner = { name: "root", writer: "user 0", isFree: true };
  return user.uid === 0 ? root : { ...root, writes: new Map() };
}

/** The user of a unit's own commands. */
interface ServiceAccount {
  readonly name: string;
  readonly writer: string | undefined;
  /** Made up at each start. */
  readonly isDynamic: boolean;
  /** The name of a user that there is not. */
  readonly missing?: string;
}

async function accountOfUnit(unit: LiveUnit, { user, io }: Machine): Promise<ServiceAccount> {
  if (unit.isUsers) return { name: user.name, writer: `user ${user.uid}`, isDynamic: false };
  const isDynamic = unit.fact("DynamicUser") === "yes";
  const name = unit.fact("User") || (isDynamic ? unit.name.replace(/\.service$/, "") : "root");
  if (name === "root" || name === "0") return { name: "root", writer: "user 0", isDynamic: false };
  const account = await accountOf(name, io.runTool);
  if (account !== undefined) return { name, writer: `user ${account.uid}`, isDynamic };
  return isDynamic ? { name, writer: undefined, isDynamic } : { name, writer: undefined, isDynamic, missing: name };
}

async function unitRunner(
  unit: LiveUnit,
  { name, writer, isDynamic }: ServiceAccount,
  { dataDir }: Target,
  program: string,
  machine: Machine,
): Promise<Runner> {
  if (writer === `user ${machine.user.uid}`) return { name, writer };
  const folders = [dirname(program), dataDir];
  if (writer === "user 0") return { name, writer, writes: new Map() };
  const writes = new Map<string, boolean | string>();
  const own = unit.fact("StateDirectory").split(/\s+/).map((dir) => `/var/lib/${dir}`);
  for (const dir of folders) {
    // A user that does not exist now owns nothing but what systemd gives to it at the start.
    writes.set(dir, isDynamic ? own.includes(dir) : await mayWrite(name, dir, machine.io.runTool));
  }
  return { name, writer: writer ?? `user ${name}`, writes };
}

/** The gate's user may execute it. Root may, if anybody may. */
async function executableCheck(
  unit: LiveUnit,
  lines: GateLines | undefined,
  { self }: Target,
  runner: Runner,
  { user, io }: Machine,
): Promise<Finding[]> {
  const path = lines?.gate.path ?? self;
  if (runner.writes === undefined || runner.isFree === true || user.uid !== 0 || runner.writer === "user 0") return [];
  if (unit.fact("DynamicUser") === "yes") return [];
  const script = '[ -x "$0" ] && echo yes || echo no';
  const { stdout } = await io.runTool("runuser", "-u", runner.name, "--", "sh", "-c", script, path);
  if (stdout.trim() !== "no") return [];
  const text = `user ${runner.name} may not execute ${path}: the service does not start, or not through the gate`;
  const advice = `install -m 755 ${shellWord(path)} /usr/local/bin/boot-sentinel   (and name that one in the unit)`;
  return [bad("unit gate", "gate-not-executable", text, advice)];
}

/** Several instances share a program: each has its count, and one that fails puts the build back for all. */
async function instancesCheck(unit: LiveUnit, { io }: Machine): Promise<Finding[]> {
  const template = /^(.+@)[^.]+\.service$/.exec(unit.name)?.[1];
  if (template === undefined) return [];
  const names = await listUnits(systemctlOf(io.systemctl, unit.isUsers), `${template}*`);
  if (names.length < 2) return [];
  const text =
    `${names.length} instances run this program (${names.slice(0, 4).join(", ")}${names.length > 4 ? ", …" : ""}): ` +
    "each has a count of its own, and a build that one of them uses up is put back for all";
  return [note("unit", "several-instances", text)];
}
