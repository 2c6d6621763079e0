/** Checks of the live build, last-good, the quarantine and the gate. @module */
import { generationPath, lastGoodPath } from "../../core/state/paths.ts";
import { shellWord } from "../../core/shell_word.ts";
import { resolveOrSelf } from "../../core/state/state_files.ts";
import { bad, type Check, type Examined, good, note } from "./check.ts";

/** The program can be started. */
export const programCheck: Check = (examined) => {
  const { exe, status, ports } = examined;
  if (status.live.startable) return good("program", `${exe} (${status.live.version}) can be started`);
  const problem = status.problems.find(({ code }) => code === "program-unstartable");
  const file = resolveOrSelf(ports.fs, exe);
  const lacksMode = status.live.digest !== "" && !ports.fs.executable(file);
  const text = problem?.text ?? `${exe} cannot be started`;
  return bad(
    "program",
    "program-unstartable",
    text,
    lacksMode ? `chmod +x ${shellWord(file, ports.host.os)}` : installGood(examined),
  );
};

/** The command that replaces the live build by a good one. */
function installGood({ status: { live, lastGood, generations }, commandFor, ports }: Examined): string {
  if (lastGood !== null && lastGood.digest !== live.digest) return commandFor("rollback");
  const older = generations.find(({ digest }) => digest !== live.digest);
  if (older === undefined) return `${commandFor("swap FILE --to VERSION")}   (FILE: a good build)`;
  return commandFor(`rollback --to ${shellWord(older.version, ports.host.os)}`);
}

/** Last-good exists, has its recorded sha256 (all bytes are read) and can be started. */
export const lastGoodCheck: Check = (examined) => {
  const { exe, status, ports, commandFor } = examined;
  const path = lastGoodPath(resolveOrSelf(ports.fs, exe));
  const confirm = `${commandFor("confirm")}   (while a good build runs)`;
  const { lastGood } = status;
  if (lastGood === null) {
    const problem = status.problems.find(({ code }) => code.startsWith("last-good-"));
    return bad(
      "last-good",
      problem?.code ?? "last-good-missing",
      problem?.text ?? "there is none: a bad update cannot be rolled back",
      status.state === "degraded" || !status.live.startable ? installGood(examined) : confirm,
    );
  }
  if (lastGood.digest === "") {
    return note("last-good", "last-good-unrecorded", `${path} is kept, without a record of its digest`);
  }
  const digest = ports.fs.digest(path);
  if (digest !== lastGood.digest) {
    return bad(
      "last-good",
      "last-good-unusable",
      `${path} is damaged: its sha256 is ${digest}, not ${lastGood.digest}`,
      confirm,
    );
  }
  if (!ports.fs.executable(path)) {
    return bad(
      "last-good",
      "last-good-unstartable",
      `${path} is intact but not executable`,
      `chmod +x ${shellWord(path, ports.host.os)}`,
    );
  }
  return good("last-good", `${lastGood.version} is kept, intact and startable (${lastGood.size} bytes read)`);
};

/** Older builds have their recorded sha256 (all bytes are read): a restore takes one when last-good is damaged. */
export const generationsCheck: Check = ({ exe, status, ports }) => {
  const program = resolveOrSelf(ports.fs, exe);
  const damaged = status.generations.flatMap(({ version, digest }) => {
    const path = generationPath(program, digest);
    if (ports.fs.digest(path) === digest) return [];
    const text = `${path}, the older build ${version}, is damaged: it cannot take the place of last-good`;
    const advice = `rm ${shellWord(path, ports.host.os)}`;
    return [bad("older builds", "generation-damaged", text, advice)];
  });
  if (damaged.length > 0) return damaged;
  const count = status.generations.length;
  return good("older builds", count === 0 ? "none is kept" : `${count} kept, intact`);
};

/** No quarantined build is live or last-good. */
export const quarantineCheck: Check = (examined) => {
  const { status, commandFor, ports } = examined;
  const { live, quarantined, lastGood } = status;
  const entry = quarantined.find((entry) => entry.digest !== undefined && entry.digest === live.digest);
  if (entry !== undefined) {
    const clear = commandFor(`quarantine clear ${shellWord(entry.version, ports.host.os)}`);
    const advice = live.digest === lastGood?.digest
      ? clear
      : `${installGood(examined)}   or, if it is good after all: ${clear}`;
    return bad(
      "quarantine",
      "live-quarantined",
      `the live build is quarantined as ${entry.version} (${entry.reason})`,
      advice,
    );
  }
  if (quarantined.some((entry) => entry.digest !== undefined && entry.digest === lastGood?.digest)) {
    return bad(
      "quarantine",
      "last-good-quarantined",
      "last-good is quarantined: a rollback would put a quarantined build back",
      commandFor("quarantine list"),
    );
  }
  return good(
    "quarantine",
    quarantined.length === 0 ? "it is empty" : `quarantined builds: ${quarantined.length}; none of them is live`,
  );
};

/** The gate has counted a boot of the armed build. Otherwise the service is started without it. */
export const gateCheck: Check = ({ status, history, ports, commandFor }) => {
  const { pending, live } = status;
  const last = history.findLast((event) => event.event === "attempt" || event.event === "rolled-back");
  if (pending !== null && pending.attempts === 0 && pending.version === live.version) {
    const armed = history.findLast((event) => event.event === "armed");
    const age = ports.clock.now() - Date.parse(armed?.time ?? "");
    if (age > 60_000) {
      return bad(
        "gate",
        "not-gated",
        `${pending.version} is armed and live, but no boot of it was counted: the service is not started through ` +
          "boot-sentinel",
        commandFor("run") + "   in place of the program, then restart the service",
      );
    }
  }
  if (last === undefined) {
    return note(
      "gate",
      "gate-unproven",
      "it has not judged an update yet: before the first one, nothing shows whether the service starts through it",
    );
  }
  return good("gate", `it last judged a boot at ${last.time} (${last.event})`);
};
