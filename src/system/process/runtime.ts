/** Detects the runtime and the machine. @module */
import type { Host } from "../../core/ports.ts";
import process from "./process.ts";

/** Detected by globals: `process.versions` is an object that the runtime creates only when it is used. */
export const isBun: boolean = "Bun" in globalThis;
export const isDeno: boolean = "Deno" in globalThis;

/** Node can run the library. It has no foreign functions. */
export const isNode: boolean = !isBun && !isDeno;

/** The runtime's name and version, such as `bun 1.4.5`. */
export function runtimeName(): string {
  const { bun, deno, node } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return `bun ${bun}`;
  return deno === undefined ? `node ${node}` : `deno ${deno}`;
}

/** This machine's operating system and processor. */
export function thisHost(): Host {
  const systems: Record<string, Host["os"]> = { linux: "linux", win32: "windows" };
  const arch = process.arch === "x64" || process.arch === "arm64" ? process.arch : "other";
  return { os: systems[process.platform] ?? "other", arch };
}
