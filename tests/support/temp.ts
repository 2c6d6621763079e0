/** Temporary directories that vanish with the test. @module */
import { existsSync } from "node:fs";
import process from "node:process";
import { makeTempDir, removeTree } from "./temp_dir.ts";

/** Runs `use` in a new directory and removes it afterwards, also when `use` is asynchronous. */
export function inTempDir<T>(use: (dir: string) => T): T {
  return inDir(makeTempDir("boot-sentinel"), use);
}

/** The same in memory where the system has such a place: a flush there waits for no other program's files. */
export function inMemoryDir<T>(use: (dir: string) => T): T {
  // Wine finds the folder and makes nothing in it.
  const isThere = process.platform === "linux" && existsSync("/dev/shm");
  return inDir(makeTempDir("boot-sentinel", isThere ? "/dev/shm" : undefined), use);
}

function inDir<T>(dir: string, use: (dir: string) => T): T {
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
