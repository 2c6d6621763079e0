/** What a service wrote last, and what of it is kept. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lastWords, masked } from "../../src/service/last_words.ts";
import { howEnded } from "../../src/service/stopped.ts";

const ID = "0123456789abcdef0123456789abcdef";
const journal = (stdout: string, code = 0) => ({
  journalctl: () => Promise.resolve({ code, stdout, stderr: "" }),
});

test("the last lines of the service are kept, without the gate's own", async () => {
  const text = `one\nboot-sentinel: 2 is on probation\n<6>boot-sentinel: x\n\n${"line\n".repeat(30)}the end\n`;
  const words = await lastWords(ID, journal(text));
  assert.equal(words?.split("\n").length, 20);
  assert.match(words ?? "", /line\nthe end$/);
});

test("without a start's id, a journal or a line there are none", async () => {
  assert.equal(await lastWords(undefined, journal("x")), undefined);
  assert.equal(await lastWords("--since=x", journal("x")), undefined);
  assert.equal(await lastWords(ID, journal("x", 1)), undefined);
  assert.equal(await lastWords(ID, journal("boot-sentinel: only this\n")), undefined);
});

test("what looks like a secret is masked", () => {
  for (
    const [text, shown] of [
      ["password=hunter2 next", "password=*** next"],
      ['{"DB_PASSWORD": "x y"}', '{"DB_PASSWORD": "*** y"}'],
      ["api-key: abc, token=def&x=1", "api-key: ***, token=***&x=1"],
      ["Authorization: Bearer abc.def", "Authorization: Bearer ***"],
      ["postgres://app:secret@db/x failed", "postgres://***@db/x failed"],
      ["the token was refused", "the token was refused"],
    ] as const
  ) assert.equal(masked(text), shown);
});

test("an end is told as systemd tells it", () => {
  const how = (result: string, exitCode: string, exitStatus: string) => howEnded({ result, exitCode, exitStatus });
  assert.equal(how("exit-code", "exited", "1"), "exit 1");
  assert.equal(how("exit-code", "exited", "203"), "it could not be executed (203/EXEC)");
  assert.equal(how("signal", "killed", "KILL"), "SIGKILL");
  assert.equal(how("core-dump", "dumped", "SEGV"), "SIGSEGV, core dumped");
  assert.equal(how("timeout", "killed", "TERM"), "systemd's timeout");
  assert.equal(how("oom-kill", "killed", "KILL"), "killed for lack of memory (OOM)");
  assert.equal(howEnded({ result: undefined, exitCode: undefined, exitStatus: undefined }), undefined);
});
