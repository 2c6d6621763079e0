/** Do the surroundings let the gate work? @module */
import { takesOver } from "../takeover.ts";
import { bad, type Check, good, note } from "./check.ts";

/** No variable turns boot-sentinel into something else. */
export const environmentCheck: Check = ({ env }) => {
  const names = Object.keys(env).filter((name) => env[name] !== "").sort();
  const bun = names.filter((name) => takesOver(name) === "bun");
  if (bun.length > 0) {
    return bad(
      "environment",
      `${bun.join(", ")} can make the runtime inside of boot-sentinel do something else`,
      `in the unit: UnsetEnvironment=${bun.join(" ")}   (in a shell: unset ${bun.join(" ")})`,
    );
  }
  const deno = names.filter((name) => takesOver(name) === "deno");
  if (deno.length > 0) {
    return note("environment", `${deno.join(", ")}: a gate that was compiled with Deno would heed it`);
  }
  return good("environment", "no variable takes the executable over");
};

/** The configuration says what somebody meant to say. */
export const configCheck: Check = ({ configProblems }) => {
  if (configProblems.length === 0) return good("configuration", "every setting is understood");
  return configProblems.map((problem) =>
    bad("configuration", `${problem}; the gate goes on without it`, "boot-sentinel config validate")
  );
};

/** Foreign functions work, by which the service is started without a trace. */
export const ffiCheck: Check = ({ ffiFault }) => {
  const fault = ffiFault();
  if (fault === undefined) return good("system calls", "the system's library can be called");
  return note(
    "system calls",
    `${fault}; the service is started all the same, but inherits no sockets`,
  );
};
