/** The file that registers a service. @module */
import type { Fs } from "../../core/fs_port.ts";
import { type NewFile, readText } from "./put_files.ts";

/** What an installation has written about a service, as far as leaving it needs that. */
export interface RegisteredPlace {
  /** The guarded file. */
  readonly guarded?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly unit?: string | undefined;
}

/** The file of a service: readable for all, unless it may hold a secret. */
export function registryFile(path: string, settings: Readonly<Record<string, unknown>>): NewFile {
  const isSecret = Object.entries(settings).some(([key, value]) => SECRET.includes(key) || hasPassword(value));
  return { path, text: `${JSON.stringify(settings, null, 2)}\n`, mode: isSecret ? 0o600 : 0o644 };
}

/** Settings that often hold passwords or tokens. */
const SECRET = ["webhook", "hook", "beforeSwap", "afterRollbackHook"];

/** A web address with a user and a password. */
function hasPassword(value: unknown): boolean {
  return [value].flat().some((text) => typeof text === "string" && /:\/\/[^/@\s]*@/.test(text));
}

/** Reads such a file; `undefined` when there is none. Of one that is damaged nothing is known. */
export function registeredPlace(fs: Fs, path: string): RegisteredPlace | undefined {
  const text = readText(fs, path);
  if (text === undefined) return undefined;
  try {
    const { exe, guard = exe, dataDir, unit } = JSON.parse(text) as Record<string, string | undefined>;
    return { guarded: guard, dataDir, unit };
  } catch {
    return {};
  }
}
