/** The gate's own commands in a unit, and whether they do their work there. Pure. @module */
import { nameOf } from "../../core/state/paths.ts";
import { shellWord } from "../../core/shell_word.ts";
import { bad, type Finding, good, note, type Target } from "./check.ts";
import { type LiveUnit, setInUnit, type UnitCommand } from "./live_unit.ts";

/** The gate in a unit. */
export interface GateLines {
  /** `beside`: `check` runs before the unit's own command. `front`: `run` becomes the program. */
  readonly layout: "beside" | "front";
  /** The command that judges a boot. */
  readonly gate: UnitCommand;
  readonly watch: UnitCommand | undefined;
  readonly stopped: UnitCommand | undefined;
}

/** The unit's commands of the gate; `undefined` when it starts its program without. */
export function gateLines({ commands }: LiveUnit, self: string): GateLines | undefined {
  const find = (list: readonly UnitCommand[], verb: string) =>
    list.map(withoutEnv).find((command) => isOurs(command, self) && command.words[1] === verb);
  const check = find(commands.ExecStartPre, "check");
  const run = find(commands.ExecStart, "run");
  const gate = check ?? run;
  if (gate === undefined) return undefined;
  return {
    layout: check === undefined ? "front" : "beside",
    gate,
    watch: find(commands.ExecStartPost, "watch"),
    stopped: find(commands.ExecStopPost, "stopped"),
  };
}

/** The target with the options that stand in the unit's own commands of the gate. */
export function withGateOptions(target: Target, { gate, watch }: GateLines): Target {
  const words = [gate, watch].map((command) => command?.words ?? []);
  const last = (flag: string) => words.flatMap((line) => optionsOf(line, flag)).at(-1);
  const probes = words.flatMap(probesIn).filter((probe) => !isCommand(probe));
  return {
    ...target,
    maxAttempts: Number(last("--max-attempts") ?? target.maxAttempts) || target.maxAttempts,
    afterRollback: last("--after-rollback") === "exit" ? "exit" : target.afterRollback,
    isConfirmedByHand: target.isConfirmedByHand || last("--confirm") === "manual",
    probes: target.probes.length > 0 ? target.probes : [...new Set(probes)],
  };
}

function probesIn(words: readonly string[]): string[] {
  return optionsOf(words, "--probe");
}

/** Its words cannot be told from those after it: `systemctl show` prints no quotes. */
function isCommand(probe: string): boolean {
  return probe.startsWith("exec:");
}

/** `env -u NAME …` in front of the gate clears variables that would change its runtime. */
function withoutEnv(command: UnitCommand): UnitCommand {
  const { path, words } = command;
  if (nameOf(path) !== "env") return command;
  const cleared: string[] = [];
  let at = 1;
  for (; words[at] === "-u"; at += 2) cleared.push(words[at + 1] ?? "");
  return { ...command, path: words[at] ?? "", words: words.slice(at), cleared };
}

function isOurs({ path, words }: UnitCommand, self: string): boolean {
  return path === self || /^boot-sentinel\b/.test(nameOf(path)) || words[0] === self;
}

/** The commands that the gate, the watcher and `stopped` are in a drop-in. */
function installCommand(unit: LiveUnit): string {
  return `boot-sentinel service install --drop-in ${shellWord(unit.name)}`;
}

/** The service starts through the gate, and the gate guards what is asked about. */
export function gateChecks(unit: LiveUnit, lines: GateLines | undefined, target: Target): Finding[] {
  const { name } = unit;
  const install = installCommand(unit);
  if (lines === undefined) {
    const text = `${name} starts its program without the gate: no boot is ever judged`;
    return [bad("unit gate", "not-gated", text, install)];
  }
  const findings = [
    ...guardedCheck(unit, lines, target),
    ...orderCheck(unit, lines, target),
    watchCheck(unit, lines, target),
  ];
  if (lines.layout === "beside" && !lines.gate.mayFail) {
    const text =
      `ExecStartPre= of ${name} has no - before the gate: if the gate cannot start, the service does not either`;
    findings.push(bad("unit gate", "gate-can-block", text, install));
  }
  if (!target.probes.some(isCommand) && probesIn(lines.gate.words).some(isCommand)) {
    const text = `the exec: probe in the command of ${name} is not tried; add it here to try it: --probe 'exec:…'`;
    findings.push(note("unit gate", "probe-not-tried", text));
  }
  const failing = findings.filter(({ verdict }) => verdict !== "good");
  const gate = good(
    "unit gate",
    `${name} starts its program ${lines.layout === "beside" ? "behind" : "through"} the gate`,
  );
  return [...(failing.length > 0 ? failing : [gate]), stopCheck(unit, lines)];
}

function guardedCheck(unit: LiveUnit, { gate, layout }: GateLines, { exe, isStarted, dataDir }: Target): Finding[] {
  if (layout === "front" && unit.fact("Type") === "forking") {
    return [
      bad(
        "unit gate",
        "unit-forks",
        `${unit.name} has Type=forking: its program ends the watched process and goes on in another one`,
        setInUnit(unit, "Service", "Type=exec"),
      ),
    ];
  }
  const words = gate.words;
  const named = optionOf(words, "--guard") ?? optionOf(words, "--exe") ??
    (layout === "front" && isStarted ? words[words.indexOf("--") + 1] : undefined);
  const again = (...options: string[]) =>
    `boot-sentinel doctor --unit ${shellWord(unit.name)} ${options.map((word) => shellWord(word)).join(" ")}`;
  const findings: Finding[] = [];
  // With --name alone the registered service says which program it is.
  if (named !== undefined && named !== exe) {
    const text = `${unit.name} guards ${named}, not ${exe}`;
    findings.push(bad("unit gate", "guards-another", text, again("--exe", named)));
  }
  const dir = optionOf(words, "--data-dir");
  if (dir !== undefined && dir !== dataDir) {
    const text = `the gate of ${unit.name} keeps its state in ${dir}, not in ${dataDir}, which this looks at`;
    findings.push(bad("unit gate", "another-data-dir", text, again("--exe", exe, "--data-dir", dir)));
  }
  return findings;
}

/** The value of an option in a command line, up to `--`. */
export function optionOf(words: readonly string[], flag: string): string | undefined {
  return optionsOf(words, flag)[0];
}

/** All values of an option. */
export function optionsOf(words: readonly string[], flag: string): string[] {
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  return own.flatMap((word, at) => {
    if (word.startsWith(`${flag}=`)) return [word.slice(flag.length + 1)];
    const value = own[at + 1];
    return word === flag && value !== undefined ? [value] : [];
  });
}

/** A step that runs the new build before it is counted can fail for ever. */
function orderCheck(unit: LiveUnit, { gate, layout }: GateLines, { exe }: Target): Finding[] {
  if (layout !== "beside") return [];
  const commands = unit.commands.ExecStartPre.map(withoutEnv);
  const before = commands.slice(0, commands.findIndex(({ words }) => words.join(" ") === gate.words.join(" ")));
  const first = before.find(({ words, mayFail }) => !mayFail && words.includes(exe)) ??
    before.find(({ mayFail }) => !mayFail);
  if (first === undefined) return [];
  const step = first.words.join(" ");
  if (first.words.includes(exe)) {
    const text =
      `ExecStartPre=${step} runs the new build before the gate counts: one that fails there is never put back`;
    return [bad("unit gate", "gate-not-first", text, installCommand(unit))];
  }
  return [
    note("unit gate", "gate-not-first", `ExecStartPre=${step} comes before the gate: if it fails, no boot counts`),
  ];
}

function watchCheck(unit: LiveUnit, { layout, watch }: GateLines, target: Target): Finding {
  if (layout === "front" || watch !== undefined || target.isConfirmedByHand) {
    return good("unit gate", "builds get confirmed");
  }
  const text = `${unit.name} has no ExecStartPost=boot-sentinel watch: nobody confirms a good build, and its ` +
    `restart number ${target.maxAttempts + 1} rolls it back`;
  return bad("unit gate", "no-watcher", text, installCommand(unit));
}

function stopCheck(unit: LiveUnit, { stopped }: GateLines): Finding {
  if (stopped !== undefined) return good("stop", "a stop on request does not count as a failure");
  return note(
    "stop",
    "stops-count",
    `without ExecStopPost=boot-sentinel stopped, a stop of ${unit.name} during probation counts as a failed boot; ` +
      installCommand(unit),
  );
}
