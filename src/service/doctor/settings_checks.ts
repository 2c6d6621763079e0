/** Checks of the settings, the environment and foreign functions. @module */
import type { Problem } from "../../core/problem.ts";
import { affectedRuntime } from "../install/runtime_variables.ts";
import { bad, type Finding, good, note } from "./check.ts";

/** What the checks of the settings look at. */
export interface ExaminedSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Why foreign functions cannot be called; `undefined` when they can. */
  readonly ffiFault: () => string | undefined;
  /** The problems of the settings in the environment and the configuration file. */
  readonly configProblems: readonly Problem[];
}

/** The settings are valid, and no environment variable takes over the runtime inside the executable. */
export function examineSettings(examined: ExaminedSettings): Finding[] {
  return [...configFindings(examined), environmentFinding(examined), ffiFinding(examined)];
}

/** No environment variable changes what the runtime inside the executable does. */
function environmentFinding({ env }: ExaminedSettings): Finding {
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
    const text = `${deno.join(", ")}: a boot-sentinel compiled with Deno would use it`;
    return note("environment", "runtime-variables", text);
  }
  return good("environment", "no variable changes the runtime inside the executable");
}

/**
 * All settings are valid, and no other user can write the configuration file: its hooks are commands that this user
 * runs.
 */
function configFindings({ configProblems }: ExaminedSettings): Finding[] {
  const findings = configProblems.map(({ code, text, advice }) =>
    bad("configuration", code, `${text}; the gate goes on without it`, advice)
  );
  return findings.length > 0 ? findings : [good("configuration", "all settings are valid")];
}

/** Foreign functions work: with them the gate replaces itself by the service and passes its sockets on. */
function ffiFinding({ ffiFault }: ExaminedSettings): Finding {
  const fault = ffiFault();
  if (fault === undefined) return good("system calls", "the C library can be called");
  const text = `${fault}; the service is started, but inherits no sockets`;
  return note("system calls", "no-foreign-functions", text);
}
