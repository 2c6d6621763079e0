/** The command line within another program. @module */
import assert from "node:assert/strict";
import { atSite, GOOD } from "../support/command_line.ts";
import { onPosix } from "../support/scripts.ts";

const test = onPosix("run stays there, and watches itself");

test("run starts its watcher by the words of the program that carries it", () =>
  atSite(async ({ exe, file, call, callWith }) => {
    await call("swap", file("update", `${GOOD}# 2.0.0\n`), "--to", "2.0.0");
    const started: (readonly string[])[] = [];
    const spawnDetached = (args: readonly string[]) => {
      started.push(args);
      return Promise.resolve(undefined);
    };
    await callWith({ spawnDetached, processStart: () => "12", pid: 7 }, "run", "--", exe);
    assert.deepEqual(started[0]?.slice(0, 3), ["watch", "7", "12"]);
  }));
