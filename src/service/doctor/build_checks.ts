/** Are the builds what they should be: the live one, last-good, and those that are held? @module */
import { lastGoodPath } from "../../core/state/paths.ts";
import { shellWord } from "../../core/shell_word.ts";
import { resolveOrSelf } from "../../core/state/state_files.ts";
import { bad, type Check, good, note, type Patient } from "./check.ts";

/** The program can be started. */
export const programCheck: Check = (patient) => {
  const { exe, status, ports } = patient;
  if (status.live.startable) return good("program", `${exe} (${status.live.version}) can be started`);
  const why = status.problems.find((problem) => problem.includes(exe)) ?? `${exe} cannot be started`;
  const file = resolveOrSelf(ports.fs, exe);
  const whole = status.live.digest !== "" && !ports.fs.executable(file);
  return bad("program", why, whole ? `chmod +x ${shellWord(file, ports.host.os)}` : cure(patient));
};

/** The command that brings a good program in the live one's place. */
function cure({ status: { live, lastGood, generations }, commandFor, ports }: Patient): string {
  if (lastGood !== null && lastGood.digest !== live.digest) return commandFor("rollback");
  const older = generations.find(({ digest }) => digest !== live.digest);
  if (older === undefined) return `${commandFor("swap FILE --to VERSION")}   (FILE: a good build)`;
  return commandFor(`rollback --to ${shellWord(older.version, ports.host.os)}`);
}

/** Last-good is there, whole (its bytes are read), and another program would start. */
export const lastGoodCheck: Check = (patient) => {
  const { exe, status, ports, commandFor } = patient;
  const path = lastGoodPath(resolveOrSelf(ports.fs, exe));
  const confirm = `${commandFor("confirm")}   (while a good build runs)`;
  const { lastGood } = status;
  if (lastGood === null) {
    const why = status.problems.find((problem) => problem.startsWith("Last-good"));
    return bad(
      "last-good",
      why ?? "there is none to put back: a bad update would stay",
      status.state === "degraded" || !status.live.startable ? cure(patient) : confirm,
    );
  }
  if (lastGood.digest === "") return note("last-good", `${path} is kept, without a record of its digest`);
  const digest = ports.fs.digest(path);
  if (digest !== lastGood.digest) {
    return bad("last-good", `${path} is damaged: its sha256 is ${digest}, not ${lastGood.digest}`, confirm);
  }
  if (!ports.fs.executable(path)) {
    return bad("last-good", `${path} is whole but not executable`, `chmod +x ${shellWord(path, ports.host.os)}`);
  }
  return good("last-good", `${lastGood.version} is kept, whole and startable (${lastGood.size} bytes read)`);
};

/** What is held is not live, and every detail belongs to a held version. */
export const quarantineCheck: Check = (patient) => {
  const { status, commandFor, ports } = patient;
  const { live, quarantined, lastGood } = status;
  const held = quarantined.find((entry) => entry.digest !== undefined && entry.digest === live.digest);
  if (held !== undefined) {
    const clear = commandFor(`quarantine clear ${shellWord(held.version, ports.host.os)}`);
    const mend = live.digest === lastGood?.digest ? clear : `${cure(patient)}   or, if it is good after all: ${clear}`;
    return bad("quarantine", `the live build is quarantined as ${held.version} (${held.reason})`, mend);
  }
  if (quarantined.some((entry) => entry.digest !== undefined && entry.digest === lastGood?.digest)) {
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
