/** File systems of their own for a test. @module */
import { mkdirSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { runProcess } from "./sentinel_process.ts";
import { inTempDir } from "./temp.ts";

/** Why tests that mount are skipped, or `false`. */
export const cannotMount: string | false = whyNot();

function whyNot(): string | false {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return "only root can mount file systems";
  return inTempDir((dir) => {
    const { code, stderr } = runProcess("mount", ["-t", "tmpfs", "tmpfs", dir]);
    if (code !== 0) return `this container does not let root mount: ${stderr.trim()}`;
    runProcess("umount", [dir]);
    return false;
  });
}

/** Why tests that need a tool are skipped, or `false`. */
export function lacks(...tools: string[]): string | false {
  const missing = tools.filter((tool) => runProcess("/bin/sh", ["-c", `command -v ${tool}`]).code !== 0);
  return missing.length > 0 && `${missing.join(", ")} is not installed`;
}

/** Why tests that make files immutable are skipped, or `false`. */
export function cannotMark(): string | false {
  return cannotMount || lacks("chattr") || inTempDir(markFault);
}

/** Why files in a directory cannot be made immutable, or `false`. */
export function markFault(dir: string): string | false {
  const path = join(dir, "marked");
  writeFileSync(path, "");
  const { code, stderr } = runProcess("chattr", ["+i", path]);
  runProcess("chattr", ["-i", path]);
  return code !== 0 && `files cannot be made immutable here: ${stderr.trim()}`;
}

/** A mounted directory. */
export interface Mount {
  readonly dir: string;
  readOnly(): void;
  writable(): void;
}

/** Mounts a memory file system of that size (`3m`) and unmounts it afterwards, also when `use` is asynchronous. */
export function withTmpfs<T>(size: string, use: (mount: Mount) => T): T {
  return inTempDir((parent) => {
    const dir = join(parent, "disk");
    mkdirSync(dir);
    must("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", dir);
    const unmount = () => void must("umount", "--lazy", dir);
    try {
      const result = use({
        dir,
        readOnly: () => must("mount", "-o", "remount,ro", dir),
        writable: () => must("mount", "-o", "remount,rw", dir),
      });
      if (result instanceof Promise) return result.finally(unmount) as T;
      unmount();
      return result;
    } catch (error) {
      unmount();
      throw error;
    }
  });
}

/** Runs a program that has to succeed. */
export function must(program: string, ...args: string[]): string {
  const { code, stdout, stderr } = runProcess(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

/** Fills a file system but for `leave` bytes; the file can be removed to make room. */
export function fill(dir: string, leave = 0): string {
  const path = join(dir, "filler");
  writeFileSync(path, "");
  const { bavail, bsize } = statfsSync(dir);
  try {
    writeFileSync(path, new Uint8Array(Math.max(0, bavail * bsize - leave)));
    if (leave === 0) writeFileSync(path, new Uint8Array(4096), { flag: "a" });
  } catch { /* full, as it is meant to be */ }
  return path;
}

/** Makes a file as long as wanted without using a block. */
export function sparse(path: string, size: number): void {
  truncateSync(path, size);
}
