/** The file system of a guarded release. Loaded only where the guarded path is not that of a file. @module */
import { pins } from "../core/builds/release/pin.ts";
import { guardsRelease, releaseFs } from "../core/builds/release/release_fs.ts";
import type { Fs } from "../core/fs_port.ts";
import type { Ports } from "../core/ports.ts";
import type { Settings } from "./options/options.ts";

/** The file system in which the release at a path is a file; `undefined`: no release is guarded there. */
export function guardedRelease(
  fs: Fs,
  path: string,
  { pin, checkFiles }: Pick<Settings, "pin" | "checkFiles">,
  ports: Pick<Ports, "log" | "lock">,
): Fs | undefined {
  if (!guardsRelease(fs, path)) return undefined;
  return releaseFs(fs, path, { checkFiles, pins: pin ? pins(ports) : undefined });
}
