/** Bun, and the release that it builds. @module */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Bun itself. */
export const BUN: string = join(ROOT, "node_modules/bun/bin/bun.exe");

/** The release for a target, built anew: `file` in `dist`. */
export function built(target: string, file: string): string {
  const { status, stderr } = spawnSync(BUN, [join(ROOT, "build.ts"), "--target", target], { encoding: "utf8" });
  if (status !== 0) throw new Error(`The executable cannot be built: ${stderr}`);
  return join(ROOT, "dist", file);
}
