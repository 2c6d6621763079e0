/** Removes what `install` has written, and tells what is left. @module */
import { SentinelError } from "../../../core/errors.ts";
import type { Fs } from "../../../core/fs_port.ts";
import { directoryOf, fileIn } from "../../../core/state/paths.ts";
import { namesIn } from "../../../core/state/state_files.ts";
import { filesLeft, removeLeft, sizeOf } from "../leave.ts";
import { readText } from "../put_files.ts";
import { type RegisteredPlace, registeredPlace } from "../registry_file.ts";
import type { LeavePlan } from "../service_manager.ts";
import { pathOf, refuseForeign } from "./own_files.ts";
import { systemctlLine } from "./ask_systemd.ts";
import { foldersOf, type Machine, systemctl, systemctlOrThrow, unitName } from "./scope.ts";

/** Puts all back as it was; resolves to messages about what is left. */
export async function uninstall(machine: Machine, plan: LeavePlan): Promise<string[]> {
  const { fs } = machine;
  const registered = `${foldersOf(machine).registry}/${plan.name}.json`;
  const known = registeredPlace(fs, registered);
  const unit = unitName(plan.dropIn ?? known?.unit ?? plan.name);
  const paths = [true, false].map((isDropIn) => pathOf(machine, unit, isDropIn));
  const [dropIn = "", own = ""] = paths;
  const isDropIn = readText(fs, dropIn) !== undefined;
  const path = isDropIn || plan.dropIn !== undefined ? dropIn : own;
  if (readText(fs, path) === undefined && known === undefined) {
    throw new SentinelError("missing", `Cannot uninstall: ${path} does not exist; nothing was changed`);
  }
  refuseForeign(machine, path);
  if (!isDropIn) await systemctl(machine, "disable", "--now", unit);
  for (const file of [path, registered]) {
    fs.remove(file);
    if (file !== own) fs.removeDirectory(directoryOf(file));
  }
  await systemctlOrThrow(machine, `Removed ${path}, but systemd did not reload its units`, "daemon-reload");
  const next = isDropIn
    ? `${unit} is not guarded from its next start on: ${systemctlLine(machine, "restart", unit)}`
    : `${unit} is stopped`;
  const { registry, state } = foldersOf(machine);
  const left = known === undefined
    ? [
      `Left: the kept builds beside the program and the state, usually ${state}/${plan.name}; ${registered} named them`,
    ]
    : leftOf(machine, registry, known, plan.purge);
  return [`Removed ${path}`, next, ...left];
}

function leftOf({ fs }: Machine, registry: string, known: RegisteredPlace, purge: boolean): string[] {
  const { guarded: exe, dataDir } = known;
  if (exe === undefined || dataDir === undefined) return [];
  const files = filesLeft(fs, exe, dataDir);
  if (files.length === 0) return [];
  const size = `${(sizeOf(fs, files) / 1e6).toFixed(1)} MB`;
  const other = sharedWith(fs, registry, dataDir);
  if (other !== undefined) return [`Left: the state and the kept builds of ${exe}, which ${other} uses as well`];
  if (!purge) return [`Left, ${size}; --purge removes them, too:`, ...files.map((file) => `  ${file}`)];
  const failures = removeLeft(fs, files, dataDir);
  return [`Removed ${files.length - failures.length} files of the state and kept builds, ${size}`, ...failures];
}

/** Another registered service that has the same state. */
function sharedWith(fs: Fs, registry: string, dataDir: string): string | undefined {
  return namesIn(fs, registry).find((file) => registeredPlace(fs, fileIn(registry, file))?.dataDir === dataDir);
}
