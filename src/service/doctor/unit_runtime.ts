/** Can the gate's own program run where the unit starts it: limits, sandbox, variables? Pure. @module */
import { affectedRuntime } from "../install/runtime_variables.ts";
import { variableNames } from "../install/systemd/ask_systemd.ts";
import { bad, type Finding, good, note, type Runner, type Target } from "./check.ts";
import { type LiveUnit, setInUnit } from "./live_unit.ts";
import { isWithin, pathsOf } from "./unit_places.ts";

const MIB = 1 << 20;

/**
 * What the gate's runtime needs at least, in the units of each limit. Below it the runtime ends before its first line.
 * `isOfUser`: root is exempt.
 */
const LIMITS: readonly { name: string; least: number; show: string; isOfUser?: true }[] = [
  { name: "LimitAS", least: 384 * MIB, show: "512M" },
  { name: "LimitDATA", least: 384 * MIB, show: "512M" },
  { name: "LimitSTACK", least: 128 * 1024 + 1, show: "8M" },
  { name: "LimitNPROC", least: 64, show: "256", isOfUser: true },
  // Not a limit of a process but of the unit: it counts the threads of the gate, too.
  { name: "TasksMax", least: 32, show: "256" },
];

/** Calls without which the gate's runtime does not start, or the gate does nothing. */
const NEEDED_CALLS = ["clone3", "execve", "mmap", "mprotect", "openat", "statx", "flock", "fsync", "linkat", "rename"];

/** The names of variables that the unit itself does not show. */
export interface GateVariables {
  /** Those that systemd gives to all units (`systemctl show-environment`). */
  readonly ofAllUnits?: readonly string[];
  /** Those that the gate's own command clears. */
  readonly cleared?: readonly string[] | undefined;
}

/** The checks of what the unit imposes on the gate. */
export function runtimeChecks(
  unit: LiveUnit,
  target: Target,
  runner: Runner,
  variables: GateVariables = {},
): Finding[] {
  const isRoot = runner.writer === "user 0";
  const findings = [
    ...rootChecks(unit),
    ...LIMITS.filter(({ isOfUser }) => !(isOfUser === true && isRoot)).flatMap((limit) => limitCheck(unit, limit)),
    ...(runner.isFree === true ? [] : sandboxChecks(unit, target)),
    ...variableChecks(unit, variables),
  ];
  return findings.length > 0 ? findings : [good("unit runtime", "the gate's program can run in the unit")];
}

/** It holds for `+` commands, too. */
function rootChecks(unit: LiveUnit): Finding[] {
  const setting = ["RootDirectory", "RootImage"].find((name) => unit.fact(name) !== "");
  if (setting === undefined) return [];
  const text = `${setting}=${unit.fact(setting)}: the unit's paths mean other files than the same paths here, ` +
    "and boot-sentinel itself is looked for there";
  const advice = setting === "RootImage"
    ? "guard the image instead: boot-sentinel service install --guard IMAGE …"
    : `install boot-sentinel below ${unit.fact(setting)}, and run it there: chroot ${
      unit.fact(setting)
    } boot-sentinel doctor …`;
  return [bad("unit runtime", "unit-other-root", text, advice)];
}

function limitCheck(unit: LiveUnit, { name, least, show }: (typeof LIMITS)[number]): Finding[] {
  const text = unit.fact(`${name}Soft`) || unit.fact(name);
  // `systemctl show` prints what is not set as infinity, and TasksMax= as the largest number.
  if (!/^\d+$/.test(text) || Number(text) >= least) return [];
  const needs = least >= MIB ? `${least / MIB} MiB` : `${least}`;
  const why = `${name}=${text} ends the gate before its first line (it needs ${needs}): no boot is judged`;
  return [bad("unit runtime", "limit-too-low", why, setInUnit(unit, "Service", `${name}=${show}`))];
}

/** What does not reach a `+` command. The mend leaves the service's own sandbox as it is: the gate gets out of it. */
function sandboxChecks(unit: LiveUnit, { self }: Target): Finding[] {
  const findings: Finding[] = [];
  const add = (code: string, text: string) => {
    const advice = unit.isUsers
      ? `remove it for this unit: systemctl --user edit ${unit.name}`
      : `let the gate work beside the unit, outside of its sandbox: boot-sentinel service install --drop-in ${unit.name}`;
    findings.push(bad("unit runtime", code, text, advice));
  };
  if (unit.fact("MemoryDenyWriteExecute") === "yes") {
    add("no-jit", "MemoryDenyWriteExecute=yes makes the gate crash: its runtime compiles code in memory");
  }
  const refused = refusedCalls(unit.fact("SystemCallFilter"));
  if (refused.length > 0) {
    add("system-calls-filtered", `SystemCallFilter= refuses ${refused.join(", ")}, which the gate's runtime needs`);
  }
  const depth = (name: string) => Math.max(-1, ...pathsOf(unit, name).filter((dir) => isWithin(dir, self)).map(length));
  if (depth("NoExecPaths") > depth("ExecPaths")) {
    add(
      "gate-not-executable",
      `NoExecPaths= forbids to execute ${self}: the service does not start, or not through the gate`,
    );
  }
  return findings;
}

const length = (text: string) => text.length;

/** The needed calls that a filter refuses. `~` at its start: it lists what is refused. */
function refusedCalls(filter: string): string[] {
  if (filter.trim() === "") return [];
  const names = filter.replace(/^~/, "").split(/\s+/).map((name) => name.replace(/:.*/, ""));
  const isDenyList = filter.startsWith("~");
  // A group that this systemd did not resolve cannot be judged.
  if (names.some((name) => name.startsWith("@"))) return [];
  const isListed = (name: string) =>
    names.includes(name) || (name === "clone3" && isDenyList && names.includes("clone"));
  return NEEDED_CALLS.filter((name) => isListed(name) === isDenyList);
}

function variableChecks(unit: LiveUnit, { ofAllUnits = [], cleared = [] }: GateVariables): Finding[] {
  const gone = [...variableNames(unit.fact("UnsetEnvironment")), ...cleared];
  const own = variableNames(unit.fact("Environment"));
  const reaching = [...new Set([...ofAllUnits, ...own])].filter((name) => !gone.includes(name));
  const of = (runtime: "bun" | "deno") => reaching.filter((name) => affectedRuntime(name) === runtime);
  const findings: Finding[] = [];
  const bun = of("bun");
  if (bun.length > 0) {
    const text = `${unit.name} passes ${bun.join(" ")} to the gate, whose runtime it changes, too`;
    const advice = bun.some((name) => own.includes(name))
      ? `boot-sentinel service install --drop-in ${unit.name}   (its gate clears it for itself alone)`
      : setInUnit(unit, "Service", `UnsetEnvironment=${bun.join(" ")}`);
    findings.push(bad("unit runtime", "runtime-variables", text, advice));
  }
  const deno = of("deno").join(" ");
  if (deno !== "") {
    const text = `${unit.name} passes ${deno} on: a gate compiled with Deno would use it`;
    findings.push(note("unit runtime", "runtime-variables", text));
  }
  return findings;
}
