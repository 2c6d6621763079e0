/** Do the surroundings let the gate work? @module */
import { bad, type Check, good, note } from "./check.ts";

/** Variables by which a runtime inside of a compiled executable is taken over. */
const TAKEOVER = /^(BUN_OPTIONS|BUN_BE_BUN|BUN_CONFIG\w*|BUN_INSPECT\w*|DENO_\w+|NODE_OPTIONS)$/;

/** No variable turns boot-sentinel into something else. */
export const environmentCheck: Check = ({ env }) => {
  const names = Object.keys(env).filter((name) => TAKEOVER.test(name) && env[name] !== "").sort();
  if (names.length === 0) return good("environment", "no variable takes the executable over");
  return bad(
    "environment",
    `${names.join(", ")} can make the runtime inside of boot-sentinel do something else`,
    `in the unit: UnsetEnvironment=${names.join(" ")}   (in a shell: unset ${names.join(" ")})`,
  );
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
