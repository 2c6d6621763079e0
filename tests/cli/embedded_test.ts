/** The command line within another program. @module */
import assert from "node:assert/strict";
import { atSite, GOOD } from "../support/command_line.ts";
import { onPosix } from "../support/scripts.ts";

const test = onPosix("run stays there, and watches itself");

test("run starts its watcher by the words of the program that carries it", () =>
  atSite(async ({ exe, file, call, callWith }) => {
    await call("swap", file("update", `${GOOD}# 2.0.0\n`), "--to", "2.0.0");
    const started: (readonly string[])[] = [];
    const starting = () =>
      Promise.resolve({
        pid: 1,
        ownStart: () => "1",
        startApart: (words: readonly string[], goBetween: readonly string[]) => void started.push(words, goBetween),
      });
    await callWith({ starting, selfWords: ["/opt/app/server", "sentinel"] }, "run", "--", exe);
    assert.deepEqual(started.slice(0, 2).map((words) => words.slice(0, 4)), [
      ["/opt/app/server", "sentinel", "watch", "on"],
      ["/opt/app/server", "sentinel", "watch", "begin"],
    ]);
  }));
