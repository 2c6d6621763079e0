/** The compiled executable. @module */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { compileWithBun } from "../../build.ts";

let built: string | undefined;

/** Its path: what `SENTINEL_UNDER_TEST` names, else built once for this process, as the release is. */
export function compiledSentinel(): string {
  const given = process.env["SENTINEL_UNDER_TEST"] ?? built;
  if (given !== undefined) return given;
  const dir = mkdtempSync(join(tmpdir(), "boot-sentinel-compiled-"));
  const remove = () => rmSync(dir, { recursive: true, force: true });
  process.on("exit", remove);
  // `deno test` ends a file without "exit".
  globalThis.addEventListener("unload", remove);
  const file = join(dir, "boot-sentinel");
  const { code, text } = compileWithBun(file);
  if (code !== 0) throw new Error(`The executable cannot be built: ${text}`);
  return built = file;
}
