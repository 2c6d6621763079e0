/** The core that the explorer runs: this project's, or a copy of it with a planted fault. @module */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Deed } from "./machine.ts";
import type { Shape } from "./shapes.ts";
import type { BootSentinel } from "../../mod.ts";
import type { boot } from "../../src/core/gate/boot.ts";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import type { releaseFs } from "../../src/core/builds/release/release_fs.ts";
import type { subjectOf } from "../../src/core/sentinel_options.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What the explorer calls. */
export interface Core {
  readonly BootSentinel: typeof BootSentinel;
  readonly boot: typeof boot;
  readonly subjectOf: typeof subjectOf;
  readonly releaseFs: typeof releaseFs;
  /** Its errors are those that this core knows. */
  readonly MemoryFs: typeof MemoryFs;
}

/** A change of the source by which something breaks. */
export interface Plant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly shape: Shape;
  /** The search begins where this has been done, so that it is short. */
  readonly start: readonly Deed[];
}

/** This project's core. */
export function thisCore(): Promise<Core> {
  return load(ROOT);
}

/** Runs an action with a core in which a fault was planted. */
export async function withPlant<T>(plant: Plant, action: (core: Core) => T): Promise<T> {
  // Inside the project, so that its packages are found.
  const root = mkdtempSync(join(ROOT, ".plant-"));
  try {
    cpSync(join(ROOT, "src"), join(root, "src"), { recursive: true });
    cpSync(join(ROOT, "mod.ts"), join(root, "mod.ts"));
    const path = join(root, plant.file);
    const source = readFileSync(path, "utf8");
    if (source.split(plant.from).length !== 2) {
      throw new Error(`${plant.name}: ${plant.file} has not once ${plant.from}`);
    }
    writeFileSync(path, source.replace(plant.from, () => plant.to));
    return action(await load(root));
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function load(root: string): Promise<Core> {
  const files = [
    "mod.ts",
    "src/core/gate/boot.ts",
    "src/core/sentinel_options.ts",
    "src/system/fs/memory/memory_fs.ts",
    "src/core/builds/release/release_fs.ts",
  ];
  const [{ BootSentinel }, { boot }, { subjectOf }, { MemoryFs }, { releaseFs }] = await Promise.all(
    files.map((file) => import(pathToFileURL(join(root, file)).href)),
  );
  return { BootSentinel, boot, subjectOf, MemoryFs, releaseFs };
}
