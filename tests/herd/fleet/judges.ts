/** Judges as real processes. @module */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { sentinelWords } from "../../support/sentinel_process.ts";

/** A judge. */
export interface JudgeProcess {
  /** What it said so far. */
  readonly said: readonly string[];
  /** Resolves when it decides. */
  readonly leads: Promise<void>;
  /** It ends at once, and gives nothing up. */
  kill(): Promise<void>;
}

/** Starts one. */
export function startJudge(args: readonly string[]): JudgeProcess {
  const [program = "", ...words] = sentinelWords();
  const child: ChildProcess = spawn(program, [...words, "herd", "judge", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  const leads = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        if (line.includes("This judge decides")) resolve();
      });
    }
  });
  const ended = once(child, "exit");
  return {
    said,
    leads,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
