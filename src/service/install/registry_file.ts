/** The file that registers a service. @module */
import type { NewFile } from "./put_files.ts";

/** Keys whose values often hold passwords or tokens. */
const SECRET = ["webhook", "hook", "beforeSwap", "afterRollbackHook", "probe", "advisoryProbe"];

/** The file of a service: readable for all, unless it may hold a secret. */
export function registryFile(path: string, settings: Readonly<Record<string, unknown>>): NewFile {
  const isSecret = SECRET.some((key) =>
    settings[key] !== undefined && /hook|swap/i.test(key) || hasPassword(settings[key])
  );
  return { path, text: `${JSON.stringify(settings, null, 2)}\n`, mode: isSecret ? 0o600 : 0o644 };
}

/** A web address with a user and a password. */
function hasPassword(value: unknown): boolean {
  return [value].flat().some((text) => typeof text === "string" && /:\/\/[^/@\s]*@/.test(text));
}
