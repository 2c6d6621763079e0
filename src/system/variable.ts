/** Variables of the environment, for a library that may not be allowed to read them. @module */
import process from "node:process";

interface DenoNamespace {
  permissions: { querySync(descriptor: { name: "env"; variable: string }): { state: string } };
}

/** A variable of the environment; undefined, and without a question that would hold the boot, where Deno may not read it. */
export function variable(name: string): string | undefined {
  const deno = (globalThis as { Deno?: DenoNamespace }).Deno;
  const state = deno?.permissions.querySync({ name: "env", variable: name }).state ?? "granted";
  return state === "granted" ? process.env[name] : undefined;
}
