/** Temporary directories that vanish with the test. @module */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `use` in a new directory and removes it afterwards, also when `use` is asynchronous. */
export function inTempDir<T>(use: (dir: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), "boot-sentinel-"));
  const drop = () => rmSync(dir, { recursive: true, force: true });
  try {
    const result = use(dir);
    if (result instanceof Promise) return result.finally(drop) as T;
    drop();
    return result;
  } catch (error) {
    drop();
    throw error;
  }
}
