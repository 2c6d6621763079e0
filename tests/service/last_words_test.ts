/** What a service wrote last, and what of it is kept. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { journalWords, wordsIn } from "../../src/service/last_words.ts";
import { howEnded } from "../../src/service/how_ended.ts";

const ID = "0123456789abcdef0123456789abcdef";
const journal = (stdout: string, code = 0) => ({
  journalctl: () => Promise.resolve({ code, stdout, stderr: "" }),
});

test("the last lines of the service are kept, without the gate's own", async () => {
  const text = `one\nboot-sentinel: 2 is on probation\n<6>boot-sentinel: x\n\n${"line\n".repeat(30)}the end\n`;
  const words = await journalWords(ID, journal(text)) ?? [];
  assert.equal(words.length, 20);
  assert.deepEqual(words.slice(-2), ["line", "the end"]);
});

test("without a start's id, a journal or a line there are none", async () => {
  assert.equal(await journalWords(undefined, journal("x")), undefined);
  assert.equal(await journalWords("--since=x", journal("x")), undefined);
  assert.equal(await journalWords(ID, journal("x", 1)), undefined);
  assert.equal(await journalWords(ID, journal("boot-sentinel: only this\n")), undefined);
});

test("the journal is asked for one start, and for the time since a boot of it", async () => {
  const asked: string[][] = [];
  const io = {
    journalctl: (...args: string[]) => (asked.push(args), Promise.resolve({ code: 0, stdout: "x", stderr: "" })),
  };
  await journalWords(ID, io);
  await journalWords(ID, io, 1_700_000_000_250);
  assert.deepEqual(asked.map((args) => args.includes(`_SYSTEMD_INVOCATION_ID=${ID}`)), [true, true]);
  assert.deepEqual(asked.map((args) => args.find((word) => word.startsWith("--since"))), [
    undefined,
    "--since=@1700000000.250",
  ]);
});

test("a private key is left out whole, though only its last lines are among the last lines", () => {
  const key = Array.from({ length: 30 }, (_, i) => `MIIEpAIBAAKCAQEA${i}`).join("\n");
  const text = `using\n-----BEGIN RSA PRIVATE KEY-----\n${key}\n-----END RSA PRIVATE KEY-----\nfailed\n`;
  assert.deepEqual(wordsIn(text), ["using", "***", "failed"]);
});

test("colours hide no secret, and reach nobody", () => {
  assert.deepEqual(wordsIn("\x1b]0;title\x07\x1b[1;36mtoken\x1b[0m=\x1b[32mhunter2\x1b[0m\n"), ["token=***"]);
});

test("an end is told as systemd tells it", () => {
  const how = (result: string, exitCode?: string, exitStatus?: string) => howEnded({ result, exitCode, exitStatus });
  assert.equal(how("exit-code", "exited", "1"), "exit 1");
  assert.equal(how("exit-code", "exited", "199"), "exit 199");
  assert.equal(how("exit-code", "exited", "203"), "it could not be executed (203/EXEC)");
  assert.equal(how("exit-code", "exited", "217"), "it could not be started (217/USER)");
  assert.equal(how("exit-code", "exited", "226"), "it could not be started (226/NAMESPACE)");
  assert.equal(how("exit-code", "exited", "243"), "it could not be started (243/CREDENTIALS)");
  assert.equal(how("signal", "killed", "KILL"), "SIGKILL");
  assert.equal(how("exit-code", "killed", "TERM"), "a command after its start failed (exit-code)");
  assert.equal(how("core-dump", "dumped", "SEGV"), "SIGSEGV, core dumped");
  assert.equal(how("timeout", "killed", "TERM"), "systemd's timeout");
  assert.equal(how("oom-kill", "killed", "KILL"), "killed for lack of memory (OOM)");
  assert.equal(how("protocol"), "it did not start as its Type= says (protocol)");
  assert.equal(how("protocol", "exited", "0"), "it did not start as its Type= says (protocol); exit 0");
  assert.equal(how("resources"), "systemd could not get what the unit needs (resources)");
  assert.equal(how("start-limit-hit"), "it was started too often (start-limit-hit)");
  assert.equal(howEnded({ result: undefined, exitCode: undefined, exitStatus: undefined }), undefined);
});
