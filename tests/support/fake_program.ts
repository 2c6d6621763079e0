/** Programs that end when a test says so. @module */
import type { Launcher, RunningProgram } from "../../src/service/supervise/host.ts";

/** A program under the test's control. */
export class FakeProgram implements RunningProgram {
  readonly exited: Promise<number>;
  /** What was done to it, in order. */
  readonly done: string[] = [];
  /** Ends it. */
  end: (exitCode: number) => void = () => {};

  constructor(readonly pid: number, readonly asks: RunningProgram["asks"] = []) {
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

/** Starts what `behave` makes of each start; an `Error` stands for a program that cannot be started. */
export class FakeLauncher implements Launcher<string> {
  readonly started: string[] = [];

  constructor(readonly behave: (spec: string, start: number) => FakeProgram | Error) {}

  start(spec: string): RunningProgram {
    this.started.push(spec);
    const made = this.behave(spec, this.started.length);
    if (made instanceof Error) throw made;
    return made;
  }
  exitCodeOf(): number {
    return 127;
  }
}

/** A program that ends by itself with this code. */
export function endsWith(exitCode: number): FakeProgram {
  const program = new FakeProgram(1);
  program.end(exitCode);
  return program;
}
