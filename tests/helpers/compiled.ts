/** The compiled executable. @module */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { BUN_FLAGS } from "../../build.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
let built: string | undefined;

/** Its path: what `SENTINEL_UNDER_TEST` names, else built once for this process, as the release is. */
export function compiledSentinel(): string {
  const given = process.env["SENTINEL_UNDER_TEST"] ?? built;
  if (given !== undefined) return given;
  const dir = mkdtempSync(join(tmpdir(), "boot-sentinel-compiled-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "boot-sentinel");
  const bun = join(ROOT, "node_modules/bun/bin/bun.exe");
  const { status, stderr } = spawnSync(bun, ["build", ...BUN_FLAGS, "src/cli/entry.ts", "--outfile", file], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The executable cannot be built: ${stderr}`);
  return built = file;
}
