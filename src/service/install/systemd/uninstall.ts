/** Removes what `install` has written, and tells what is left. @module */
import { SentinelError } from "../../../core/errors.ts";
import type { Fs } from "../../../core/fs_port.ts";
import { markedDataDir } from "../../../core/state/marker.ts";
import { directoryOf, fileIn, statePaths } from "../../../core/state/paths.ts";
import { exists, namesIn, readState } from "../../../core/state/state_files.ts";
import { maybe, object, text } from "../../../core/state/validators.ts";
import { shellWord } from "../../../core/shell_word.ts";
import { filesBeside, programOf, removeLeft, sizeOf, stateFiles } from "../leave.ts";
import { readText } from "../put_files.ts";
import { type RegisteredPlace, registeredPlace } from "../registry_file.ts";
import type { LeavePlan } from "../service_manager.ts";
import { isOurs, pathOf, refuseForeign } from "./own_files.ts";
import { systemctlLine } from "./ask_systemd.ts";
import { foldersOf, type Machine, systemctl, systemctlOrThrow, unitName } from "./scope.ts";

/** Puts all back as it was; resolves to messages about what is left. */
export async function uninstall(machine: Machine, plan: LeavePlan): Promise<string[]> {
  const { fs } = machine;
  const folders = foldersOf(machine);
  const registered = `${folders.registry}/${plan.name}.json`;
  const known = registeredPlace(fs, registered);
  const unit = unitName(plan.dropIn ?? known?.unit ?? plan.name);
  const paths = [true, false].map((isDropIn) => pathOf(machine, unit, isDropIn));
  const [dropIn = "", own = ""] = paths;
  const isDropIn = readText(fs, dropIn) !== undefined;
  if (isDropIn) refuseForeign(machine, dropIn);
  // The operator's own unit is none of ours, whatever it is called.
  const isOwn = !isDropIn && plan.dropIn === undefined && isOurs(machine, own);
  const state = `${folders.state}/${plan.name}`;
  const place = known?.dataDir === undefined ? leftBehind(fs, state) : known;
  if (!isDropIn && !isOwn && known === undefined) return purgeLater(machine, plan, { unit, own, state, place });
  if (isOwn) await systemctl(machine, "disable", "--now", unit);
  const files = [...isDropIn ? [dropIn] : isOwn ? [own] : [], registered].filter((file) => exists(fs, file));
  for (const file of files) {
    fs.remove(file);
    if (file !== own) fs.removeDirectory(directoryOf(file));
  }
  await systemctlOrThrow(machine, `Removed ${files.join(", ")}, but systemd did not reload its units`, "daemon-reload");
  const next = isOwn
    ? `${unit} is stopped`
    : `${unit} is not guarded from its next start on: ${systemctlLine(machine, "restart", unit)}`;
  return [`Removed ${files[0]}`, next, ...leftOf(machine, plan, place, state)];
}

/** A service that was uninstalled before: all that can be left of it is its state and what that names. */
function purgeLater(
  machine: Machine,
  plan: LeavePlan,
  { unit, own, state, place }: {
    readonly unit: string;
    readonly own: string;
    readonly state: string;
    readonly place: RegisteredPlace | undefined;
  },
): string[] {
  const foreign = exists(machine.fs, own) ? `; boot-sentinel did not write ${own}, and nothing of it is in there` : "";
  const what = `Cannot uninstall ${plan.name}: it is not installed (${unit} is not guarded)${foreign}`;
  if (place === undefined) {
    throw new SentinelError("missing", `${what}; ${state} does not exist; nothing was changed`);
  }
  if (!plan.purge) {
    throw new SentinelError(
      "missing",
      `${what}; nothing was changed; its state in ${state} is left: ` +
        `boot-sentinel service uninstall ${shellWord(plan.name)} --purge`,
    );
  }
  return leftOf(machine, plan, place, state);
}

/**
 * What the state of a service that is not registered any more tells. Its owner may not be root: what it names is
 * believed only when the marker beside that program leads back.
 */
function leftBehind(fs: Fs, state: string): RegisteredPlace | undefined {
  if (!exists(fs, state)) return undefined;
  const record = readState(
    fs,
    statePaths(state).record,
    object<{ readonly exe?: string | undefined }>({ exe: maybe(text) }),
  );
  const exe = record.kind === "value" ? record.value.exe : undefined;
  const program = exe === undefined ? undefined : programOf(fs, exe);
  const isMarked = program !== undefined && markedDataDir(fs, program) === state;
  return { guarded: isMarked ? exe : undefined, dataDir: state };
}

/** Removes, or tells, what is left at a place. */
function leftOf(machine: Machine, plan: LeavePlan, place: RegisteredPlace | undefined, state: string): string[] {
  const { fs } = machine;
  const { guarded: exe, dataDir } = place ?? {};
  if (dataDir === undefined) return [];
  const files = [...exe === undefined ? [] : filesBeside(fs, exe), ...stateFiles(fs, dataDir)];
  const whose = exe ?? plan.name;
  const size = `${(sizeOf(fs, files) / 1e6).toFixed(1)} MB`;
  const other = sharedWith(fs, foldersOf(machine).registry, dataDir);
  if (files.length > 0 && other !== undefined) {
    return [`Left: the state and the kept builds of ${whose}, which ${other} uses as well`];
  }
  if (plan.purge || files.length === 0) {
    const failures = removeLeft(fs, files, dataDir);
    if (files.length === 0) return [];
    return [`Removed ${files.length - failures.length} files of the state and kept builds, ${size}`, ...failures];
  }
  // State elsewhere is not found again by the name alone.
  const later = dataDir === state
    ? `boot-sentinel service uninstall ${shellWord(plan.name)} --purge removes them`
    : "rm -r removes them";
  return [`Left, ${size}; ${later}:`, ...files.map((file) => `  ${file}`)];
}

/** Another registered service that has the same state. */
function sharedWith(fs: Fs, registry: string, dataDir: string): string | undefined {
  return namesIn(fs, registry).find((file) => registeredPlace(fs, fileIn(registry, file))?.dataDir === dataDir);
}
