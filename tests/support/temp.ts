/** Temporary directories that vanish with the test. @module */
import { makeTempDir, removeTree } from "./temp_dir.ts";

/** Runs `use` in a new directory and removes it afterwards, also when `use` is asynchronous. */
export function inTempDir<T>(use: (dir: string) => T): T {
  const dir = makeTempDir("boot-sentinel");
  const drop = () => removeTree(dir);
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
