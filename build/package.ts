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
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
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

const PACKAGE = /^boot-sentinel[-_].*\.(deb|tar\.gz|zip|tgz)$/;

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
  // Those of an older version are no part of this release.
  for (const file of packages()) rmSync(join(DIST, file));
  const work = mkdtempSync(join(DIST, ".package-"));
  const compression = fast ? QUICK : SMALL;
  try {
    const npm = runTool("npm", ["pack", "./dist/npm", "--pack-destination", "dist"], { cwd: ROOT });
    await Promise.all([npm, ...targets.map((name) => packTarget(name, compression, work))]);
  } catch (error) {
    console.error(`Cannot make the packages: ${(error as Error).message}`);
    return EXIT.internal;
  } finally {
    rmSync(work, { recursive: true });
    writeSums();
  }
  for (const file of packages()) {
    console.log(`packed ${file}, ${(statSync(join(DIST, file)).size / 1e6).toFixed(1)} MB`);
  }
  return EXIT.ok;
}

function packages(): string[] {
  return readdirSync(DIST).filter((file) => PACKAGE.test(file)).sort();
}

/** Makes the packages of one target. */
async function packTarget(target: string, { level, deb }: Compression, work: string): Promise<void> {
  const program = join(DIST, TARGETS[target]?.file ?? target);
  const source = { version: VERSION, root: ROOT, program, seconds: releaseTime() };
  const archive = { ...source, target, level };
  const made = [makeArchive(archive, join(DIST, archiveName(archive)), mkdtempSync(join(work, "archive-")))];
  const architecture = ARCHITECTURES[target];
  if (architecture !== undefined) {
    const debian = { ...source, architecture, compression: deb };
    made.push(makeDeb(debian, join(DIST, debName(debian)), mkdtempSync(join(work, "deb-"))));
  }
  await Promise.all(made);
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
