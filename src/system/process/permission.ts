/** Deno's permissions, queried without a prompt: a prompt on a terminal would block the boot. @module */
import process from "./process.ts";

/** A permission of Deno. */
export type PermissionRequest =
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "ffi"; readonly path: string }
  | { readonly name: "sys"; readonly kind: "statfs" | "uid" | "osRelease" };

interface WithPermissions {
  readonly Deno?: { readonly permissions: { querySync(request: PermissionRequest): { readonly state: string } } };
}

/** True when it is granted; always true in other runtimes. */
export function isPermitted(request: PermissionRequest): boolean {
  const deno = (globalThis as WithPermissions).Deno;
  return deno === undefined || deno.permissions.querySync(request).state === "granted";
}

/** An environment variable; `undefined` also when Deno does not permit reading it. */
export function variable(name: string): string | undefined {
  return isPermitted({ name: "env", variable: name }) ? process.env[name] : undefined;
}
