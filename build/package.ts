/**
 * Makes the packages of a release into `dist/`, with what they are made of:
 *
 *     bun build/package.ts                           for linux-x64 and windows-x64
 *     bun build/package.ts --target linux-arm64      for one target; several: --target T --target T; all: --target all
 *     bun build/package.ts --fast                    compressed quickly, to try them
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "@std/cli/parse_args.js";
import { build, DIST, ROOT, TARGETS, USUAL_TARGETS, writeSums } from "../build.ts";
import { EXIT } from "../src/core/exit_codes.ts";
import { VERSION } from "../src/core/version.ts";
import { archiveName, makeArchive } from "./archive.ts";
import { ARCHITECTURES, debName, makeDeb } from "./deb.ts";
import { runTool } from "./run_tool.ts";

/** How packages are compressed: `gzip` and `zip`, and `dpkg-deb`. */
interface Compression {
  /** From 1, quick, to 9, small. */
  readonly level: number;
  readonly deb: readonly string[];
}

const QUICK: Compression = { level: 1, deb: ["-Zgzip", "-z1"] };
// More would take minutes for some percent.
const SMALL: Compression = { level: 6, deb: ["-Zxz", "-z1"] };

async function main(args: string[]): Promise<number> {
  const { target, fast } = parseArgs(args, {
    string: ["target"],
    boolean: ["fast"],
    collect: ["target"],
  }) as unknown as { target: string[]; fast: boolean };
  const named = target.includes("all") ? Object.keys(TARGETS) : target;
  const targets = named.length === 0 ? USUAL_TARGETS : named;
  const code = await build(targets.map((name) => `--target=${name}`)) || await build(["--npm"]);
  if (code !== 0) return code;
  const work = mkdtempSync(join(DIST, ".package-"));
  const out = join(work, "out");
  mkdirSync(out);
  const compression = fast ? QUICK : SMALL;
  try {
    const npm = runTool("npm", ["pack", "./dist/npm", "--pack-destination", out], { cwd: ROOT });
    // All have ended before their folder goes.
    const ended = await Promise.allSettled([
      npm,
      ...targets.flatMap((name) => packTarget(name, compression, work, out)),
    ]);
    for (const end of ended) if (end.status === "rejected") throw end.reason;
    for (const file of readdirSync(DIST).filter(isOld)) rmSync(join(DIST, file));
    for (const file of readdirSync(out).sort()) {
      console.log(`packed ${file}, ${(statSync(join(out, file)).size / 1e6).toFixed(1)} MB`);
      renameSync(join(out, file), join(DIST, file));
    }
  } catch (error) {
    const { message } = error as Error;
    console.error(`Cannot make the packages: ${message}; dist/ has the new executables, and the packages of before`);
    return EXIT.internal;
  } finally {
    rmSync(work, { recursive: true });
  }
  writeSums();
  return EXIT.ok;
}

/** A package of another version is no part of this release. */
function isOld(file: string): boolean {
  const current = Object.keys(TARGETS).flatMap((target) => {
    const architecture = ARCHITECTURES[target] ?? "";
    return [archiveName({ version: VERSION, target }), debName({ version: VERSION, architecture })];
  });
  return /^boot-sentinel[-_].*\.(deb|tar\.gz|zip|tgz)$/.test(file) && !current.includes(file);
}

/** Makes the packages of one target, each in its own time. */
function packTarget(target: string, { level, deb }: Compression, work: string, out: string): Promise<void>[] {
  const program = join(DIST, TARGETS[target]?.file ?? target);
  const source = { version: VERSION, root: ROOT, program, seconds: releaseTime() };
  const archive = { ...source, target, level };
  const archived = makeArchive(archive, join(out, archiveName(archive)), mkdtempSync(join(work, "archive-")));
  const architecture = ARCHITECTURES[target];
  if (architecture === undefined) return [archived];
  const debian = { ...source, architecture, compression: deb };
  return [archived, makeDeb(debian, join(out, debName(debian)), mkdtempSync(join(work, "deb-")))];
}

/** The time of all packed files: `SOURCE_DATE_EPOCH`, else that of the commit. */
function releaseTime(): number {
  const given = process.env["SOURCE_DATE_EPOCH"];
  const { stdout } = spawnSync("git", ["log", "-1", "--format=%ct"], { cwd: ROOT, encoding: "utf8" });
  return Number(given ?? stdout) || YEAR_1980;
}

/** A `.zip` knows no time before it. */
const YEAR_1980 = 315_532_800;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
