/** Checks of the environment, the configuration and foreign functions. @module */
import { affectedRuntime } from "../install/runtime_variables.ts";
import { bad, type Check, good, note } from "./check.ts";

/** No environment variable changes what the runtime inside the executable does. */
export const environmentCheck: Check = ({ env }) => {
  const names = Object.keys(env).filter((name) => env[name] !== "").sort();
  const bun = names.filter((name) => affectedRuntime(name) === "bun");
  if (bun.length > 0) {
    return bad(
      "environment",
      "runtime-variables",
      `${bun.join(", ")} can make the runtime inside boot-sentinel run something else`,
      `in the unit: UnsetEnvironment=${bun.join(" ")}   (in a shell: unset ${bun.join(" ")})`,
    );
  }
  const deno = names.filter((name) => affectedRuntime(name) === "deno");
  if (deno.length > 0) {
    return note(
      "environment",
      "runtime-variables",
      `${deno.join(", ")}: a boot-sentinel compiled with Deno would use it`,
    );
  }
  return good("environment", "no variable changes the runtime inside the executable");
};

/**
 * All settings are valid, and no other user can write the configuration file: its hooks are commands that this user
 * runs.
 */
export const configCheck: Check = ({ configProblems }) => {
  const findings = configProblems.map(({ code, text, advice }) =>
    bad("configuration", code, `${text}; the gate goes on without it`, advice)
  );
  return findings.length > 0 ? findings : good("configuration", "all settings are valid");
};

/** Foreign functions work: with them the gate replaces itself by the service and passes its sockets on. */
export const ffiCheck: Check = ({ ffiFault }) => {
  const fault = ffiFault();
  if (fault === undefined) return good("system calls", "the C library can be called");
  return note(
    "system calls",
    "no-foreign-functions",
    `${fault}; the service is started, but inherits no sockets`,
  );
};
