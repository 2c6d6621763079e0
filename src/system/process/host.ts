/** The machine that programs must fit. @module */
import process from "./process.ts";
import type { Host } from "../../core/ports.ts";

/** This machine. */
export function thisHost(): Host {
  const systems: Record<string, Host["os"]> = { linux: "linux", win32: "windows" };
  const arch = process.arch === "x64" || process.arch === "arm64" ? process.arch : "other";
  return { os: systems[process.platform] ?? "other", arch };
}
