/** The webhook and its outbox. @module */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { spawn } from "node:child_process";
import process from "node:process";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { outboxEntries, putInOutbox } from "../../../src/service/events/outbox.ts";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { atSite, BAD } from "../../support/command_line.ts";
import { compiledSentinel } from "../../support/compiled.ts";
import { sentinelWords } from "../../support/sentinel_process.ts";
import { inTempDir } from "../../support/temp.ts";

interface Got {
  readonly event: string;
  readonly host: string;
  readonly version?: string;
}

interface Receiver {
  readonly url: string;
  readonly got: Got[];
  readonly keys: string[];
  /** Status codes to answer with, first to last; then 200. */
  readonly answers: number[];
}

/** A web server that keeps what is posted to it. */
async function receiving(use: (receiver: Receiver) => Promise<void>): Promise<void> {
  const got: Got[] = [];
  const keys: string[] = [];
  const answers: number[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const code = answers.shift() ?? 200;
    if (code === 200) {
      got.push(JSON.parse(body));
      keys.push(String(request.headers["idempotency-key"]));
    }
    response.writeHead(code).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, got, keys, answers });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs boot-sentinel beside this process, which must go on answering. */
function beside(...args: string[]): Promise<Ended> {
  return besides(sentinelWords(), args);
}

function besides([program = "", ...words]: readonly string[], args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, [...words, ...args], { env: process.env, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => stderr += chunk);
    child.on("close", (code) => resolve({ code, stderr }));
  });
}

const waiting = (dir: string) => outboxEntries(nodeFs(), dir).length;

test("events are posted as JSON, in order, each under a key of its own", async () => {
  await receiving(({ url, got, keys }) =>
    atSite(async ({ dir, exe, file }) => {
      const hook = ["--exe", exe, "--webhook", url, "--webhook-timeout", "30"];
      await beside("confirm", ...hook);
      const { code, stderr } = await beside("swap", file("bad", BAD), "--to", "2.0.0", ...hook);
      assert.equal(code, 0, stderr);
      assert.deepEqual(got.map(({ event }) => event), ["confirmed", "armed"]);
      assert.equal(new Set(keys).size, 2);
      assert.ok((got[0]?.host ?? "").length > 0);
      assert.equal(waiting(dir), 0);
    })
  );
});

test("the compiled executable, too, finds itself to send with", async () => {
  await receiving(({ url, got }) =>
    atSite(async ({ dir, exe }) => {
      const options = ["--exe", exe, "--webhook", url, "--webhook-timeout", "30"];
      const { code, stderr } = await besides([compiledSentinel()], ["confirm", ...options]);
      assert.deepEqual([code, stderr, waiting(dir)], [0, "", 0]);
      assert.deepEqual(got.map(({ event }) => event), ["confirmed"]);
    })
  );
});

test("what could not be sent is kept, and sent by a later boot that has nothing to tell", async () => {
  await receiving(({ url, got, answers }) =>
    atSite(async ({ dir, exe }) => {
      const hook = ["--exe", exe, "--webhook-timeout", "30"];
      const offline = await beside("confirm", ...hook, "--webhook", "http://127.0.0.1:9/");
      assert.equal(offline.code, 0);
      assert.match(offline.stderr, /cannot be reached.*\n.*events are kept and sent at a later boot/);
      assert.equal(waiting(dir), 1);
      answers.push(503);
      await beside("check", ...hook, "--webhook", url);
      assert.equal(waiting(dir), 1);
      await beside("check", ...hook, "--webhook", url);
      assert.deepEqual(got.map(({ event }) => event), ["confirmed"]);
      assert.equal(waiting(dir), 0);
    })
  );
});

test("an event that has to wait holds back those after it, so that they arrive in order", async () => {
  await receiving(({ url, got, answers }) =>
    inTempDir(async (dir) => {
      putInOutbox(nodeFs(), dir, '{"event":"one"}', 1);
      putInOutbox(nodeFs(), dir, '{"event":"two"}', 2);
      answers.push(503);
      assert.equal((await beside("deliver", "--data-dir", dir, "--webhook", url)).code, 1);
      assert.equal(waiting(dir), 2);
      assert.equal((await beside("deliver", "--data-dir", dir, "--webhook", url)).code, 0);
      assert.deepEqual(got.map(({ event }) => event), ["one", "two"]);
    })
  );
});

test("an event that the receiver will never take does not hold up the others", async () => {
  await receiving(({ url, got, answers }) =>
    inTempDir(async (dir) => {
      putInOutbox(nodeFs(), dir, '{"event":"one"}', 1);
      putInOutbox(nodeFs(), dir, '{"event":"two"}', 2);
      answers.push(422);
      const { code } = await beside("deliver", "--data-dir", dir, "--webhook", url);
      assert.equal(code, 0);
      assert.deepEqual(got.map(({ event }) => event), ["two"]);
    })
  );
});

test("a receiver that never answers costs no more than the deadline", async () => {
  const server = createServer(() => {}); // accepts, and is silent
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    await atSite(async ({ dir, exe }) => {
      const { code } = await beside("confirm", "--exe", exe, "--webhook", url, "--webhook-timeout", "1");
      assert.equal(code, 0);
      assert.equal(waiting(dir), 1);
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test("an outbox that is a symbolic link is not followed", () => {
  inTempDir((dir) => {
    mkdirSync(join(dir, "elsewhere"));
    symlinkSync(join(dir, "elsewhere"), join(dir, ".boot-outbox"));
    assert.throws(() => putInOutbox(nodeFs(), dir, "{}", 1), /is a symbolic link/);
    assert.deepEqual(readdirSync(join(dir, "elsewhere")), []);
  });
});

test("the outbox keeps the newest 200 and sorts them by time", () => {
  inTempDir((dir) => {
    const fs = nodeFs();
    for (let n = 0; n < 205; n++) putInOutbox(fs, dir, `{"n":${n}}`, 1000 + n);
    const names = readdirSync(join(dir, ".boot-outbox")).sort();
    assert.equal(names.length, 200);
    assert.equal(new TextDecoder().decode(fs.read(join(dir, ".boot-outbox", names[0] ?? ""), 99)), '{"n":5}');
  });
});
