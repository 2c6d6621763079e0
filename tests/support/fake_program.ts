/** Programs that end when a test says so. @module */
import { NotStarted } from "../../src/service/not_started.ts";
import type { Launcher, RunningProgram } from "../../src/service/supervise/supervisor.ts";

/** A program under the test's control. */
export class FakeProgram implements RunningProgram {
  readonly exited: Promise<number>;
  /** What was done to it, in order. */
  readonly done: string[] = [];
  /** Ends it. */
  end: (exitCode: number) => void = () => {};

  constructor(readonly pid: number, readonly stopRequests: RunningProgram["stopRequests"] = []) {
    this.exited = new Promise((resolve) => this.end = resolve);
  }
  kill(): void {
    this.done.push("kill");
    this.end(137);
  }
  close(): void {
    this.done.push("close");
  }
}

/** A program that cannot be started, which is its own fault. */
export const MISSING: NotStarted = new NotStarted("no such program", {
  exitCode: 127,
  fault: "it is none",
  retry: false,
});
/** One that cannot be started for a reason of the machine's. */
export const NO_MEMORY: NotStarted = new NotStarted("no memory", { exitCode: 126, retry: false });

/** Starts what `behave` makes of each start; a `NotStarted` stands for a program that cannot be started. */
export class FakeLauncher implements Launcher<string> {
  readonly started: string[] = [];

  constructor(readonly behave: (spec: string, start: number) => FakeProgram | NotStarted) {}

  start(spec: string): Promise<RunningProgram> {
    this.started.push(spec);
    const made = this.behave(spec, this.started.length);
    return made instanceof Error ? Promise.reject(made) : Promise.resolve(made);
  }
}

/** A program that ends by itself with this code. */
export function endsWith(exitCode: number): FakeProgram {
  const program = new FakeProgram(1);
  program.end(exitCode);
  return program;
}
