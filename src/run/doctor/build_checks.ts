/** Are the builds what they should be: the live one, last-good, and those that are held? @module */
import { lastGoodPath } from "../../core/paths.ts";
import { resolveOrSelf } from "../../core/state.ts";
import { bad, type Check, good, note } from "./check.ts";

/** The program can be started. */
export const programCheck: Check = ({ exe, status, commandFor }) => {
  if (status.live.startable) return good("program", `${exe} (${status.live.version}) can be started`);
  const why = status.problems.find((problem) => problem.includes(exe)) ?? `${exe} cannot be started`;
  const mend = status.lastGood === null ? "install a good build" : commandFor("rollback");
  return bad("program", why, mend);
};

/** Last-good is there, whole (its bytes are read), and another program would start. */
export const lastGoodCheck: Check = ({ exe, status, ports, commandFor }) => {
  const path = lastGoodPath(resolveOrSelf(ports, exe));
  const confirm = commandFor("confirm");
  const { lastGood } = status;
  if (lastGood === null) {
    const why = status.problems.find((problem) => problem.startsWith("Last-good"));
    return bad(
      "last-good",
      why ?? "there is none to put back: a bad update would stay",
      `${confirm}   (while a good build runs)`,
    );
  }
  if (lastGood.digest === "") return note("last-good", `${path} is kept, without a record of its digest`);
  const digest = ports.fs.digest(path);
  if (digest !== lastGood.digest) {
    return bad("last-good", `${path} is damaged: its sha256 is ${digest}, not ${lastGood.digest}`, confirm);
  }
  if (!ports.fs.executable(path)) {
    return bad("last-good", `${path} is whole but not executable`, `chmod +x ${path}`);
  }
  return good("last-good", `${lastGood.version} is kept, whole and startable (${lastGood.size} bytes read)`);
};

/** What is held is not live, and every detail belongs to a held version. */
export const quarantineCheck: Check = ({ status, commandFor }) => {
  const { live, quarantined } = status;
  const held = quarantined.find((entry) => entry.digest !== undefined && entry.digest === live.digest);
  if (held !== undefined) {
    const mend = `${commandFor("rollback")}   or, if it is good after all: ${
      commandFor(`quarantine clear ${held.version}`)
    }`;
    return bad("quarantine", `the live build is quarantined as ${held.version} (${held.reason})`, mend);
  }
  if (quarantined.some((entry) => entry.digest !== undefined && entry.digest === status.lastGood?.digest)) {
    return bad("quarantine", "last-good is quarantined: it would be put back, and held", commandFor("quarantine list"));
  }
  return good(
    "quarantine",
    quarantined.length === 0 ? "it is empty" : `held builds: ${quarantined.length}; none of them is live`,
  );
};

/** The gate has counted a boot of what is armed. */
export const gateCheck: Check = ({ status, history, ports, commandFor }) => {
  const { pending, live } = status;
  const last = history.findLast((event) => event.event === "attempt" || event.event === "rolled-back");
  if (pending !== null && pending.attempts === 0 && pending.version === live.version) {
    const armed = history.findLast((event) => event.event === "armed");
    const age = ports.clock.now() - Date.parse(armed?.time ?? "");
    if (age > 60_000) {
      return bad(
        "gate",
        `${pending.version} is armed and live, and no boot of it was ever counted: the service is not started through boot-sentinel`,
        commandFor("run") + "   in place of the program, then restart the service",
      );
    }
  }
  if (last === undefined) {
    return note("gate", "no update has been through it yet: until the first one nothing shows whether it runs");
  }
  return good("gate", `it last judged a boot at ${last.time} (${last.event})`);
};
