/** Time to recovery: from the restart into a bad build until a good one answers over HTTP. @module */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { freePort } from "../../support/free_port.ts";
import { endAll } from "../processes.ts";
import { REFERENCE, REFERENCE_NAME, withoutReference } from "../subjects/reference.ts";
import { environment, pause, type Workshop } from "../workshop.ts";
import { OURS } from "./gate.ts";
import { SUPERVISING } from "./managers.ts";
import type { Suite } from "./suite.ts";

/** Longer than any of them takes. */
const TIMEOUT_MS = 60_000;

/** Its name in the tables. */
export const RESTARTING = `${SUPERVISING} --restart always`;

const BAD = "#!/bin/sh\nexit 1\n";

/** A service that is started again whenever it ends, by itself or by a manager that does not wait. */
export const recovery: Suite = {
  name: "recovery",
  title: "From a bad build to a good answer",
  about: "The running service is ended right after a build that crashes at start was put in place, until a GET " +
    "is answered again. A manager that waits for nothing starts it anew; --supervise does that itself, a second later. " +
    "A build that is known to be bad is put in place behind the gate's back. The reference does not look at bytes, so " +
    "it has no such case.",
  columns: [
    { key: "new", title: "new bad build", unit: "ms" },
    { key: "known", title: "known bad build", unit: "ms" },
  ],
  contestants: (workshop) =>
    [
      { name: OURS, turn: () => bothWays(workshop, ours(workshop, ["run"])) },
      {
        name: RESTARTING,
        turn: () => bothWays(workshop, ours(workshop, ["run", "--supervise", "--restart", "always"])),
      },
      {
        name: REFERENCE_NAME,
        absent: withoutReference(),
        turn: () => inPlace(workshop, theirs(workshop), async ({ newBuild }) => ({ new: await newBuild() })),
      },
    ].map((each) => ({ ...each, beside: REFERENCE_NAME, oneRoundIn: 15, warmUp: false })),
};

const bothWays = (workshop: Workshop, guard: Guard) =>
  inPlace(workshop, guard, async ({ newBuild, knownBuild }) => ({ new: await newBuild(), known: await knownBuild() }));

/** What guards the service. */
type Guard = (exe: string, place: string) => {
  /** Makes the good build last-good. */
  confirm(): void;
  /** Puts a bad build in place, as an updater does. */
  swap(bad: string): void;
  /** The words that start the service, anew for each start. */
  words(args: readonly string[]): readonly string[];
  /** Told of each end. */
  ended?(code: number | null): void;
};

function ours(workshop: Workshop, run: readonly string[]): Guard {
  const { sentinel } = workshop;
  return (exe, place) => ({
    confirm: () => void workshop.run([sentinel, "confirm", "--app-version", "1.0.0", "--exe", exe], place),
    swap: (bad) => void workshop.run([sentinel, "swap", bad, "--to", "2.0.0", "--exe", exe], place),
    words: (args) => [sentinel, ...run, "--", exe, ...args],
  });
}

/** The program says its version itself; here the one that starts it has to know. */
function theirs(workshop: Workshop): Guard {
  return (exe, place) => {
    let version = "1.0.0";
    return {
      confirm: () => void workshop.run([REFERENCE, place, exe, version, "confirm"], place),
      swap(bad) {
        workshop.run([REFERENCE, place, exe, version, "arm", "2.0.0"], place);
        renameSync(bad, exe);
        version = "2.0.0";
      },
      words: (args) => [REFERENCE, place, exe, version, "exec", "3", ...args],
      ended(code) {
        if (code === 75) version = "1.0.0";
      },
    };
  };
}

interface Ways {
  newBuild(): Promise<number>;
  knownBuild(): Promise<number>;
}

async function inPlace<T>(workshop: Workshop, guardOf: Guard, use: (ways: Ways) => Promise<T>): Promise<T> {
  const { place, exe } = workshop.place();
  const guard = guardOf(exe, place);
  const [began, port] = [join(place, "began"), await freePort()];
  const starts = () => readFileSync(began, { encoding: "utf8", flag: "a+" }).trim().split("\n").filter((line) => line);
  let running = true;
  let child: ChildProcess | undefined;

  function start(): void {
    const [program = "", ...words] = guard.words([began, String(port)]);
    child = spawn(program, words, { env: environment(place), stdio: "ignore" });
    child.on("exit", (code) => {
      guard.ended?.(code);
      if (running) start();
    });
  }

  /** Milliseconds until a build that started later than the first `known` answers. */
  async function answers(known: number): Promise<number> {
    const from = performance.now();
    while (performance.now() - from < TIMEOUT_MS) {
      if (starts().length > known && await isGood(port)) return performance.now() - from;
      await pause(1);
    }
    throw new Error(`The service does not answer again within ${TIMEOUT_MS / 1000} s`);
  }

  async function restartInto(put: () => void): Promise<number> {
    const before = starts();
    put();
    process.kill(Number(before.at(-1)?.split(" ")[1]));
    return await answers(before.length);
  }

  function bad(): string {
    const file = join(place, "bad");
    writeFileSync(file, BAD, { mode: 0o755 });
    return file;
  }

  try {
    guard.confirm();
    start();
    await answers(0);
    return await use({
      newBuild: () => restartInto(() => guard.swap(bad())),
      knownBuild: () => restartInto(() => renameSync(bad(), exe)),
    });
  } finally {
    running = false;
    await endAll(place, child?.pid === undefined || child.exitCode !== null ? [] : [child.pid]);
  }
}

async function isGood(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1000) });
    return await answer.text() === "good";
  } catch {
    return false;
  }
}
