/**
 * When two disks are the same state: what no decision depends on (times, reasons, numbers that only have an order) is
 * taken out.
 *
 * @module
 */
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { DATA, EXE } from "../support/disk/world.ts";

/** Attempts that a build gets: few, so that there are few states. */
export const MAX_ATTEMPTS = 2;

/** Files that only people read, or that nobody reads again. */
const IGNORED = [`${DATA}/.boot-history.jsonl`, `${DATA}/keep`, `${EXE}.boot-sentinel`];

/** A text that is equal for equal states. */
export function stateKey(fs: MemoryFs): string {
  const texts = Object.entries(fs.texts()).filter(([path]) =>
    !IGNORED.includes(path) && !/-tmp-|\.tmp$|^\/up\//.test(path)
  );
  const stamps = new Map<string, string>();
  const inodes = new Map<string, string>();
  const lines: string[] = [];
  for (const [path] of texts) {
    if (!path.startsWith("/app/")) continue;
    const { stamp, inode } = fs.info(path);
    stamps.set(stamp, `${stamps.get(stamp) ?? ""} ${path}`);
    inodes.set(inode, `${inodes.get(inode) ?? ""} ${path}`);
  }
  const numbers = numbersOf(texts);
  for (const [path, text] of texts) {
    if (path.endsWith(".json")) lines.push(`${path} ${normal(text, stamps, numbers)}`);
    else if (path.endsWith(".boot-spare")) lines.push("spare");
    else if (path.endsWith(".rollback-bak")) continue;
    else lines.push(`${path} ${text} ${[...inodes.values()].find((names) => names.split(" ").includes(path))}`);
  }
  return lines.sort().join("\n");
}

const DROPPED = ["time", "takenAt", "armedAt", "reason", "bootId", "checkedIn", "healthy"];
const ORDERED = ["boot", "refunded", "failedBoot", "arming"];

/** All numbers that only have an order, each replaced by its rank. */
function numbersOf(texts: readonly (readonly [string, string])[]): Record<string, number[]> {
  const found: Record<string, Set<number>> = { boot: new Set(), arming: new Set() };
  for (const [, text] of texts) {
    for (const [, key = "", value] of text.matchAll(/"(boot|refunded|failedBoot|arming)":(\d+)/g)) {
      found[key === "arming" ? "arming" : "boot"]?.add(Number(value));
    }
  }
  return Object.fromEntries(Object.entries(found).map(([key, values]) => [key, [...values].sort((a, b) => a - b)]));
}

function normal(text: string, stamps: ReadonlyMap<string, string>, numbers: Record<string, number[]>): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "corrupt";
  }
  return JSON.stringify(json, (key, value: unknown) => {
    if (DROPPED.includes(key)) return undefined;
    if (key === "stamp") return stamps.get(String(value)) ?? "stale";
    if (ORDERED.includes(key)) return numbers[key === "arming" ? "arming" : "boot"]?.indexOf(Number(value));
    // How often a build of the quarantine was tried is told to people only.
    if (key === "entries" && Array.isArray(value)) {
      return value.map(({ version, digest, doubtful }) => `${version} ${digest} ${doubtful}`).sort();
    }
    if (key === "versions" && Array.isArray(value)) return [...value].sort();
    if (key === "failed") return "failed";
    // Beyond the last one that decides, they are only told.
    if (key === "attempts") return Math.min(Number(value), MAX_ATTEMPTS + 2);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
  });
}
