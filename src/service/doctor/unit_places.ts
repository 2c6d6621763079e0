/** May a gate inside the unit's sandbox write what a rollback writes? @module */
import { dirname } from "@std/path/dirname.js";
import { again, bad, type Finding, good, type Machine, type Runner, type Target, unknown } from "./check.ts";
import { type LiveUnit, OWN_DIRECTORIES } from "./live_unit.ts";

/** The paths of a setting, without systemd's prefixes. */
export function pathsOf(unit: LiveUnit, name: string): string[] {
  return unit.fact(name).split(/\s+/).map((path) => path.replace(/^[-+]+/, "")).filter(Boolean);
}

/** True when a path is a folder itself or lies below it. */
export function isWithin(folder: string, path: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder.replace(/\/$/, "")}/`);
}

/**
 * The folders that a rollback writes can be written in the sandbox. A service that runs shows its own mounts; for one
 * that does not run they follow from the unit's settings.
 *
 * @param program The guarded file, links followed.
 */
export function sandboxPlaces(
  unit: LiveUnit,
  target: Target,
  program: string,
  runner: Runner,
  facts: Machine["facts"],
): Finding {
  if (runner.isFree === true) return good("unit places", "the gate works outside of the unit's sandbox");
  const pid = Number(unit.fact("MainPID"));
  for (const dir of new Set([dirname(program), target.dataDir])) {
    const seen = pid > 0 ? facts.rootFault(dir, pid) : "unknown";
    if (seen !== "unknown" && seen !== "readOnly") continue;
    const inferred = placeBySettings(unit, dir);
    if (seen === "readOnly" || inferred === "closed") {
      return bad(
        "unit places",
        "unit-read-only",
        `${dir} is read-only in the unit: a rollback cannot write it`,
        unit.isUsers
          ? `systemctl --user edit ${unit.name}   and add to [Service]: ReadWritePaths=${dir}`
          : `let the gate work beside the unit, outside of its sandbox: boot-sentinel service install --drop-in ${unit.name}`,
      );
    }
    if (inferred === "unsure") {
      const text = `whether ${dir} can be written in the unit shows only while it runs: ReadWritePaths= below a ` +
        "folder of ProtectSystem= does not work on every system";
      return unknown(
        "unit places",
        "unit-places-unknown",
        text,
        `systemctl start ${unit.name}, then: ${again(target)}`,
      );
    }
  }
  return good("unit places", "the unit may write the directories that a rollback writes");
}

/** Without its working directory systemd starts none of a unit's commands, with whatever rights. */
export function workingDirectoryCheck(unit: LiveUnit, { user, facts }: Pick<Machine, "user" | "facts">): Finding[] {
  const path = unit.fact("WorkingDirectory");
  // `!`: it may be missing. Whoever is not root does not see all there is; another root has other paths.
  if (!path.startsWith("/") || user.uid !== 0 || unit.fact("RootDirectory") !== "") return [];
  const isMade = OWN_DIRECTORIES.some((name) => pathsOf(unit, name).some((made) => path.includes(`/${made}`)));
  if (isMade || facts.fileFacts(path) !== undefined) return [];
  const text = `WorkingDirectory=${path} of ${unit.name} is missing: systemd starts neither the service nor the gate`;
  return [
    bad("unit places", "unit-no-working-directory", text, `make it, or correct the unit: systemctl edit ${unit.name}`),
  ];
}

/** What the settings say of a folder. `unsure`: opened again within the system's own folders. */
function placeBySettings(unit: LiveUnit, dir: string): "open" | "closed" | "unsure" {
  const open = [
    ...pathsOf(unit, "ReadWritePaths"),
    ...pathsOf(unit, "StateDirectory").map((name) => `/var/lib/${name}`),
  ];
  const closed = [...pathsOf(unit, "ReadOnlyPaths"), ...pathsOf(unit, "InaccessiblePaths"), ...protectedPaths(unit)];
  const depth = (paths: string[]) =>
    Math.max(-1, ...paths.filter((path) => isWithin(path, dir)).map((path) => path.length));
  if (depth(closed) > depth(open)) return "closed";
  const isSystems = isWithin("/usr/bin", dir) || isWithin("/usr/sbin", dir) || isWithin("/usr/lib", dir);
  return depth(closed) >= 0 && isSystems ? "unsure" : "open";
}

function protectedPaths(unit: LiveUnit): string[] {
  const system: Record<string, string[]> = {
    yes: ["/usr", "/boot", "/efi"],
    full: ["/usr", "/boot", "/efi", "/etc"],
    strict: ["/"],
  };
  const hidden = ["yes", "read-only", "tmpfs"].includes(unit.fact("ProtectHome"));
  // A service of DynamicUser=yes gets these unless the unit says otherwise.
  const level = unit.fact("DynamicUser") === "yes" && unit.fact("ProtectSystem") !== "full"
    ? "strict"
    : unit.fact("ProtectSystem");
  return [...system[level] ?? [], ...(hidden ? ["/home", "/root", "/run/user"] : [])];
}
