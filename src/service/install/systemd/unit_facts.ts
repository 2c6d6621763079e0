/** What systemd says about a unit, and what the unit's files say. @module */
import { SentinelError } from "../../../core/errors.ts";
import { isTemplate, parseShow, variableNames } from "./ask_systemd.ts";
import { askable, type Machine, systemctl } from "./scope.ts";
import { laterResets, readUnitFile, type UnitLists, wordsOf } from "./unit_file.ts";

const PROPERTIES = [
  "LoadState",
  "Type",
  "Restart",
  "RestartPreventExitStatus",
  "StartLimitBurst",
  "StartLimitIntervalUSec",
  "TimeoutStartUSec",
  "WorkingDirectory",
  "RootDirectory",
  "RootImage",
  "Environment",
  "ActiveState",
  "MainPID",
  "User",
];

/** A unit as it is now. */
export interface UnitFacts {
  readonly unit: string;
  /** Its properties, as `systemctl show` prints them. */
  readonly properties: Readonly<Record<string, string>>;
  /** The lines of its files, without our drop-in. */
  readonly lists: UnitLists;
  /** The words of its command; the first is the program. Empty when it has not exactly one. */
  readonly command: readonly string[];
  /** The variables that it sets. */
  readonly variables: readonly string[];
  /** Drop-ins after ours that remove the gate's lines. */
  readonly resets: readonly string[];
  /** A socket of it starts a process for each connection. */
  readonly isPerConnection: boolean;
}

/**
 * Reads a unit.
 *
 * @param ownDropIn The path of our drop-in, which is left out.
 * @throws {SentinelError} `missing`: there is no such unit, or systemd does not answer.
 */
export async function unitFacts(machine: Machine, unit: string, ownDropIn: string): Promise<UnitFacts> {
  const cat = await systemctl(machine, "cat", unit);
  if (cat.code !== 0) {
    throw new SentinelError("missing", `Cannot guard ${unit}: ${cat.stderr.trim()}; nothing was changed`);
  }
  const shown = await systemctl(machine, "show", `--property=${PROPERTIES.join(",")}`, askable(unit));
  if (shown.code !== 0) {
    throw new SentinelError("missing", `Cannot guard ${unit}: systemd does not answer: ${shown.stderr.trim()}`);
  }
  const properties = parseShow(shown.stdout);
  const lists = readUnitFile(cat.stdout, ownDropIn);
  const [only, ...others] = lists.ExecStart;
  return {
    unit,
    properties,
    lists,
    command: only === undefined || others.length > 0 ? [] : wordsOf(only),
    resets: laterResets(cat.stdout, ownDropIn),
    variables: variableNames(properties["Environment"]),
    isPerConnection: isTemplate(unit) && await isAccepting(machine, unit.replace("@.service", ".socket")),
  };
}

async function isAccepting(machine: Machine, socket: string): Promise<boolean> {
  const { code, stdout } = await systemctl(machine, "show", "--property=LoadState,Accept", socket);
  const { LoadState, Accept } = parseShow(stdout);
  return code === 0 && LoadState === "loaded" && Accept === "yes";
}
