/**
 * When two disks are the same state: what no decision depends on (times, reasons, numbers that only have an order) is
 * taken out, and it does not matter which of the two builds is called the first.
 *
 * @module
 */
import { versionOfDigest } from "../../src/core/builds/versions.ts";
import { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { build, DATA, EXE } from "../support/disk/world.ts";

/** Attempts that a build gets: few, so that there are few states. */
export const MAX_ATTEMPTS = 2;

/** Files that only people read, or that nobody reads again. */
const IGNORED = [`${DATA}/.boot-history.jsonl`, `${DATA}/keep`, `${EXE}.boot-sentinel`];

/** The builds. */
export const BUILDS = ["1", "2"] as const;

const DIGESTS = BUILDS.map((one) => {
  const scratch = new MemoryFs();
  scratch.put("/x", build(one));
  return scratch.digest("/x");
});
const NAMES = new RegExp(
  BUILDS.flatMap((one, at) => [build(one), `${DIGESTS[at]?.slice(0, 12)}[0-9a-f]*`]).join("|"),
  "g",
);

/** The version that the core gives to a build itself. */
export function versionOf(one: string): string {
  return versionOfDigest(DIGESTS[BUILDS.indexOf(one as "1")] ?? "");
}

/** What each build is called: by their names, and the other way round. */
const CALLED: readonly (readonly string[])[] = [BUILDS, [...BUILDS].reverse()];

/** A text that is equal for equal states; `known` are builds that somebody knows something about. */
export function stateKey(fs: MemoryFs, known: readonly (string | undefined)[][]): string {
  const [straight = "", mirrored = ""] = CALLED.map((names) => {
    const told = known.map((some) => some.map((one) => names[BUILDS.indexOf(one as "1")] ?? "").sort().join());
    return `${told.join(" ")}\n${diskKey(fs, names)}`;
  });
  return straight < mirrored ? straight : mirrored;
}

function diskKey(fs: MemoryFs, names: readonly string[]): string {
  const called = (text: string) =>
    text.replace(NAMES, (name) => `build ${names[Number(name !== build("1") && !DIGESTS[0]?.startsWith(name))]}`);
  const stamps = new Map<string, string>();
  const inodes = new Map<string, string>();
  const texts = Object.entries(fs.texts()).filter(([path]) =>
    !IGNORED.includes(path) && !/-tmp-|\.tmp$|^\/up\//.test(path)
  ).map(([path, text]) => [path, called(path), called(text)] as const);
  for (const [path, name] of texts) {
    if (!path.startsWith("/app/")) continue;
    const { stamp, inode } = fs.info(path);
    stamps.set(stamp, `${stamps.get(stamp) ?? ""} ${name}`);
    inodes.set(inode, `${inodes.get(inode) ?? ""} ${name}`);
  }
  const arming = armingOf(texts);
  const lines: string[] = [];
  for (const [path, name, text] of texts) {
    if (path.endsWith(".json")) lines.push(`${name} ${normal(text, stamps, arming)}`);
    else if (path.endsWith(".boot-spare")) lines.push("spare");
    else if (path.endsWith(".rollback-bak")) continue;
    else lines.push(`${name} ${text} ${inodes.get(fs.info(path).inode)}`);
  }
  return lines.sort().join("\n");
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
