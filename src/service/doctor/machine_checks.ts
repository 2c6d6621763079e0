/** Do the surroundings let the gate work? @module */
import type { Fs } from "../../core/ports.ts";
import { looseMode } from "../../core/state/loose_mode.ts";
import { takesOver } from "../install/runtime_variables.ts";
import { bad, type Check, good, note } from "./check.ts";

/** No variable turns boot-sentinel into something else. */
export const environmentCheck: Check = ({ env }) => {
  const names = Object.keys(env).filter((name) => env[name] !== "").sort();
  const bun = names.filter((name) => takesOver(name) === "bun");
  if (bun.length > 0) {
    return bad(
      "environment",
      "runtime-variables",
      `${bun.join(", ")} can make the runtime inside of boot-sentinel do something else`,
      `in the unit: UnsetEnvironment=${bun.join(" ")}   (in a shell: unset ${bun.join(" ")})`,
    );
  }
  const deno = names.filter((name) => takesOver(name) === "deno");
  if (deno.length > 0) {
    return note(
      "environment",
      "runtime-variables",
      `${deno.join(", ")}: a gate that was compiled with Deno would heed it`,
    );
  }
  return good("environment", "no variable takes the executable over");
};

/** The configuration says what somebody meant to say, and nobody else says it: its hooks are commands. */
export const configCheck: Check = ({ configProblems }) => {
  const findings = configProblems.map(({ code, text, advice }) =>
    bad("configuration", code, `${text}; the gate goes on without it`, advice)
  );
  return findings.length > 0 ? findings : good("configuration", "every setting is understood");
};

/** {@link looseMode} of what stands at a path, if it can be looked at. */
export function looseModeAt(fs: Fs, path: string): string | undefined {
  try {
    return looseMode(fs.info(path));
  } catch {
    return undefined; // there is none, or what is wrong with it is a problem of its own
  }
}

/** Foreign functions work, by which the service is started without a trace. */
export const ffiCheck: Check = ({ ffiFault }) => {
  const fault = ffiFault();
  if (fault === undefined) return good("system calls", "the system's library can be called");
  return note(
    "system calls",
    "no-foreign-functions",
    `${fault}; the service is started all the same, but inherits no sockets`,
  );
};
