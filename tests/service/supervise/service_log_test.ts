import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmdirSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serviceLog } from "../../../src/service/supervise/service_log.ts";

function recorder() {
  const events: string[] = [];
  const open = () => ({
    write: (level: string, message: string) => void events.push(`${level} ${message}`),
    close() {},
  });
  return { events, open };
}

test("serviceLog() without a file writes everything to the event log", () => {
  const { events, open } = recorder();
  const log = serviceLog({ source: "svc", open });
  log("info", "one");
  log("error", "two");
  assert.deepEqual(events, ["info one", "error two"]);
});

test("serviceLog() with a file writes all to the file and what matters to the event log", () => {
  const dir = mkdtempSync(join(tmpdir(), "log-"));
  const { events, open } = recorder();
  const file = join(dir, "svc.log");
  const log = serviceLog({ source: "svc", file, open });
  log("info", "one");
  log("warn", "two");
  assert.deepEqual(events, ["warn two"]);
  assert.match(readFileSync(file, "utf8"), /info one\n.* warn two\n$/);
  unlinkSync(file);
  rmdirSync(dir);
});

test("serviceLog() tells the event log that the file cannot be written, and goes on", () => {
  const { events, open } = recorder();
  const log = serviceLog({ source: "svc", file: join(tmpdir(), "no-such-folder", "svc.log"), open });
  log("info", "one");
  log("info", "two");
  assert.equal(events.length, 1);
  assert.match(events[0] ?? "", /^warn Cannot write to the log file /);
});

test("serviceLog() never throws, whatever the event log says", () => {
  const open = () => {
    throw new Error("the event log service is not running");
  };
  serviceLog({ source: "svc", open })("error", "one");
});
