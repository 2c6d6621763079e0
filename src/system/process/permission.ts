/** Deno's permissions, asked without a question: one on a terminal would hold the boot. @module */
import process from "./process.ts";

/** What is to be done. */
export type Wish =
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "ffi"; readonly path: string }
  | { readonly name: "sys"; readonly kind: "statfs" | "uid" };

interface WithPermissions {
  readonly Deno?: { readonly permissions: { querySync(wish: Wish): { readonly state: string } } };
}

/** Whether it may be done; other runtimes permit all. */
export function isPermitted(wish: Wish): boolean {
  const deno = (globalThis as WithPermissions).Deno;
  return deno === undefined || deno.permissions.querySync(wish).state === "granted";
}

/** A variable of the environment; undefined where we may not read it. */
export function variable(name: string): string | undefined {
  return isPermitted({ name: "env", variable: name }) ? process.env[name] : undefined;
}
