/** Where it is measured. @module */
import { readFileSync, statfsSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import type { Machine } from "./results.ts";

/** Names of the `f_type` of statfs(2). */
const FILE_SYSTEMS: Record<number, string> = {
  0xef53: "ext4",
  0x9123683e: "Btrfs",
  0x58465342: "XFS",
  0x01021994: "tmpfs",
  0x794c7630: "overlayfs",
  0x2fc12fc1: "ZFS",
};

/** This machine, before the run. @param dir Where the programs and their state are. */
export function thisMachine(dir: string): Omit<Machine, "loadAfter"> {
  const { type: fileSystem } = statfsSync(dir);
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${distribution()}${type()} ${release()}`,
    fileSystem: FILE_SYSTEMS[fileSystem] ?? `file system 0x${fileSystem.toString(16)}`,
    loadBefore: load(),
  };
}

/** Of the last minute. */
export function load(): number {
  return loadavg()[0] ?? 0;
}

function distribution(): string {
  try {
    const name = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
    return name === undefined ? "" : `${name}, `;
  } catch {
    return "";
  }
}
