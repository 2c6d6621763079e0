/** The kinds of probes: what they are written like, and what they ask the machine. @module */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import process from "node:process";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { parseDuration, showDuration } from "../../../src/service/duration.ts";
import { parseProbe } from "../../../src/service/health/probes/parse_probe.ts";
import { processIo } from "../../../src/system/process/process_io.ts";

const round = { io: processIo, upMs: 5000, timeoutMs: 5000, ready: () => Promise.resolve(undefined) };
const fault = (text: string, timeoutMs = 5000) =>
  parseProbe(text).check({ ...round, timeoutMs }).catch((error) => `rejected: ${error.message}`);

describe("parseProbe()", () => {
  for (
    const [text, message] of [
      ["", /its kind is one of http, https, tcp, exec, file, notify, uptime/],
      ["constructor:x", /its kind is one of/],
      ["ftp://x", /its kind is one of/],
      ["http://", /Cannot use the probe http:\/\//],
      ["http://h/#stauts=200", /not stauts=200/],
      ["http://h/#status=2xx", /2xx is not an HTTP status/],
      ["tcp://host", /it is tcp:\/\/HOST:PORT/],
      ["tcp://host:70000", /it is tcp:\/\/HOST:PORT/],
      ["exec:", /it is exec:COMMAND/],
      ["file:", /it is file:PATH/],
      ["notify:x", /it is notify, without anything after it/],
      ["uptime:soon", /it is uptime:DURATION/],
    ] as const
  ) {
    it(`refuses ${JSON.stringify(text)} and says what it takes`, () => {
      assert.throws(() => parseProbe(text), message);
    });
  }
});

describe("parseDuration()", () => {
  it("reads what people write, and seconds without a unit", () => {
    const read = ["500ms", "10s", "5m", "2h", "1d", "90", "1.5s"].map(parseDuration);
    assert.deepEqual(read, [500, 10_000, 300_000, 7_200_000, 86_400_000, 90_000, 1500]);
    assert.deepEqual(["", "-1s", "1w", "s", "1000d"].map(parseDuration), Array(5).fill(undefined));
  });

  it("is the inverse of showDuration()", () => {
    for (const ms of [0, 1, 1500, 60_000, 90_000, 3_600_000]) assert.equal(parseDuration(showDuration(ms)), ms);
  });
});

describe("the probes on this machine", () => {
  it("http looks at status, headers and body, and sends no fragment", async () => {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url ?? "");
      response.writeHead(request.url === "/gone" ? 410 : 200, { "X-Version": "2.0.0" });
      response.end("version 2.0.0 & more");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      assert.equal(await fault(`${base}/health#status=200,204&body=2.0.0&header=x-version:2.0`), undefined);
      assert.equal(await fault(`${base}/health#body=%26%20more`), undefined);
      assert.equal(await fault(`${base}/gone`), "it answers 410");
      assert.equal(await fault(`${base}/gone#status=410`), undefined);
      assert.equal(await fault(`${base}/#body=3.0.0`), 'its answer does not contain "3.0.0"');
      assert.equal(await fault(`${base}/#header=x-version:3`), "its header x-version is 2.0.0, not 3");
      assert.equal(await fault(`${base}/#header=etag:x`), "its answer has no header etag");
      assert.equal(await fault(`tcp://${base.slice(7)}`), undefined);
      assert.ok(paths.every((path) => !path.includes("#")));
    } finally {
      server.close();
      server.closeAllConnections();
    }
    assert.match(String(await fault(base)), /^rejected: /);
    assert.match(String(await fault(`tcp://${base.slice(7)}`)), /^rejected: /);
  });

  it("http gives up on a server that accepts and never answers", async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      assert.equal(await fault(`http://127.0.0.1:${port}/`, 50), "rejected: no answer within 50 ms");
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it("exec takes the exit code, and kills what is late", { skip: process.platform === "win32" }, async () => {
    assert.equal(await fault("exec:exit 0"), undefined);
    assert.equal(await fault("exec:exit 3"), "it exits with 3");
    assert.equal(await fault("exec:sleep 60", 50), "rejected: no answer within 50 ms");
  });
});
