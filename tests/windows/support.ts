/** What the Windows tests share. They are skipped elsewhere; tests/windows/run.sh runs them under wine. @module */
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { functionAddress } from "../../src/system/windows/console.ts";

/** True on Windows, wine included. */
export const isWindows = process.platform === "win32";

/** The program that plays the service (svc_child.c). */
export const CHILD = process.env.BOOT_SENTINEL_TEST_CHILD ?? "";
/** The compiled driver (driver.ts). */
export const DRIVER = process.env.BOOT_SENTINEL_TEST_DRIVER ?? "";

/**
 * A test that only Windows can run; it gets a directory of its own.
 *
 * @param wineCannot What wine lacks for it: it is skipped there.
 */
export function onWindows(name: string, body: (dir: string) => void | Promise<void>, wineCannot?: string): void {
  const skip = !isWindows ? true : wineCannot !== undefined && isWine() ? `wine: ${wineCannot}` : false;
  test(name, { skip, timeout: 120_000 }, async () => {
    const dir = mkdtempSync(join(tmpdir(), "sentinel test "));
    try {
      await body(dir);
    } finally {
      await removeTree(dir);
    }
  });
}

/** True under wine, which lacks some of what Windows does. */
export function isWine(): boolean {
  try {
    return functionAddress("ntdll.dll", "wine_get_version") !== 0n;
  } catch {
    return false;
  }
}

/** Waits for something to become true. */
export async function until(what: string, condition: () => boolean, limitMs = 30_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A text file's content; "" while it is missing. */
export function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** A text file's lines. */
export function linesOf(path: string): string[] {
  return textOf(path).split("\n").filter((line) => line !== "");
}

/** Removes a directory; a program that is just ending may hold its files a little longer. */
async function removeTree(path: string): Promise<void> {
  for (let left = 100;; left--) {
    try {
      return removeNow(path);
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

// By hand: Bun's recursive rmSync fails under wine.
function removeNow(path: string): void {
  for (const name of readdirSync(path)) {
    const below = join(path, name);
    if (lstatSync(below).isDirectory()) removeNow(below);
    else unlinkSync(below);
  }
  rmdirSync(path);
}
