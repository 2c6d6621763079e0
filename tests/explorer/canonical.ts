/**
 * When two disks are the same state: what no decision depends on (times, reasons, numbers that only have an order) is
 * taken out, and it does not matter which of the two builds is called the first.
 *
 * @module
 */
import { versionOfDigest } from "../../src/core/builds/versions.ts";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { DATA, EXE } from "../support/disk/world.ts";
import { BUILDS, type Shape, textsOf } from "./shapes.ts";

/** Attempts that a build gets: few, so that there are few states. */
export const MAX_ATTEMPTS = 2;

/** Files that only people read, or that nobody reads again. */
const IGNORED = [`${DATA}/.boot-history.jsonl`, `${DATA}/keep`, `${EXE}.boot-sentinel`, `${EXE}-flip`];

/** The version that the core gives to a build itself. */
export function versionOf({ digests }: Shape, one: string): string {
  return versionOfDigest(digests[BUILDS.indexOf(one as "1")] ?? "");
}

/** What each build is called: by their names, and the other way round. */
const CALLED: readonly (readonly string[])[] = [BUILDS, [...BUILDS].reverse()];

/** A text that is equal for equal states; `known` are builds that somebody knows something about. */
export function stateKey(shape: Shape, fs: MemoryFs, known: readonly (string | undefined)[][]): string {
  const [straight = "", mirrored = ""] = CALLED.map((names) => {
    const told = known.map((some) => some.map((one) => names[BUILDS.indexOf(one as "1")] ?? "").sort().join());
    return `${told.join(" ")}\n${diskKey(shape, fs, names)}`;
  });
  return straight < mirrored ? straight : mirrored;
}

function diskKey(shape: Shape, fs: MemoryFs, names: readonly string[]): string {
  const called = callsOf(shape, names);
  const stamps = new Map<string, string>();
  const inodes = new Map<string, string>();
  const texts = Object.entries(textsOf(fs)).filter(([path]) =>
    !IGNORED.includes(path) && !/-tmp-|\.tmp$|^\/up\/|^\/app\/releases\//.test(path)
  ).map(([path, text]) => [path, called(path), called(text)] as const);
  const lines: string[] = [];
  for (const one of shape.roots(fs)) {
    const name = called(one.path);
    stamps.set(fs.info(one.path).stamp, name);
    lines.push(`${name} ${one.isWhole ? "is whole" : "is in part"}`);
  }
  for (const [path, name] of shape.hasOwnFile ? texts : []) {
    if (!path.startsWith("/app/")) continue;
    const { stamp, inode } = fs.info(path);
    stamps.set(stamp, `${stamps.get(stamp) ?? ""} ${name}`);
    inodes.set(inode, `${inodes.get(inode) ?? ""} ${name}`);
  }
  const arming = armingOf(texts);
  for (const [path, name, text] of texts) {
    if (path.endsWith(".json")) lines.push(`${name} ${normal(text, stamps, arming)}`);
    else if (path.endsWith(".boot-spare")) lines.push("spare");
    else if (path.endsWith(".rollback-bak")) continue;
    else lines.push(`${name} ${text} ${shape.hasOwnFile ? inodes.get(fs.info(path).inode) : ""}`);
  }
  return lines.sort().join("\n");
}

/** Puts the names of the builds in the place of what only they have in their texts and paths. */
function callsOf({ digests, markOf }: Shape, names: readonly string[]): (text: string) => string {
  const marks = BUILDS.map((one, at) => [markOf(one), `${digests[at]?.slice(0, 12)}[0-9a-f]*`]);
  const isFirst = new RegExp(`^(${marks[0]?.join("|")})$`);
  const any = new RegExp(marks.flat().join("|"), "g");
  return (text) => text.replace(any, (mark) => `build ${names[isFirst.test(mark) ? 0 : 1]}`);
}

// The number of a boot is compared with those in reports only, and nobody sends reports here.
const DROPPED = ["time", "takenAt", "armedAt", "reason", "bootId", "checkedIn", "healthy", "boot"];

/** The number of the arming that is under way: that of last-good is compared with it, and with nothing else. */
function armingOf(texts: readonly (readonly [string, string, string])[]): number | undefined {
  const [, , text = ""] = texts.find(([path]) => path.endsWith("/.boot-sentinel.json")) ?? [];
  const [, number] = text.match(/"arming":(\d+)/) ?? [];
  return number === undefined ? undefined : Number(number);
}

function normal(text: string, stamps: ReadonlyMap<string, string>, arming: number | undefined): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "corrupt";
  }
  return JSON.stringify(json, (key, value: unknown) => {
    if (DROPPED.includes(key)) return undefined;
    if (key === "stamp") return stamps.get(String(value)) ?? "stale";
    if (key === "arming") return value === arming ? "this" : undefined;
    if (Array.isArray(value) && value.length === 0) return undefined;
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
