import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileLog } from "../../../src/service/supervise/log_file.ts";
import type { LogStore } from "../../../src/system/fs/log_store.ts";

class MemoryStore implements LogStore {
  readonly files = new Map<string, string>();
  refuseAppend = false;
  refuseReplace = false;

  size(path: string): number {
    return new TextEncoder().encode(this.files.get(path) ?? "").length;
  }
  append(path: string, bytes: Uint8Array): void {
    if (this.refuseAppend) throw new Error("ENOSPC");
    this.files.set(path, (this.files.get(path) ?? "") + new TextDecoder().decode(bytes));
  }
  replace(from: string, to: string): void {
    if (this.refuseReplace) throw new Error("EBUSY");
    this.files.set(to, this.files.get(from) ?? "");
    this.files.delete(from);
  }
}

const now = () => new Date(0);
const stamp = "1970-01-01T00:00:00.000Z";

test("fileLog() writes one line an entry, with time and level", () => {
  const store = new MemoryStore();
  fileLog("log", { store, now })("warn", "one\r\ntwo");
  assert.equal(store.files.get("log"), `${stamp} warn one ⏎ two\n`);
});

test("fileLog() keeps two files, neither longer than the limit, and loses the oldest lines only", () => {
  const store = new MemoryStore();
  const log = fileLog("log", { store, now, maxBytes: 200 });
  for (let i = 0; i < 50; i++) log("info", `line ${i}`);
  assert.deepEqual([...store.files.keys()].sort(), ["log", "log.1"]);
  for (const path of store.files.keys()) assert.ok(store.size(path) <= 200);
  const lines = `${store.files.get("log.1")}${store.files.get("log")}`.trim().split("\n").map((line) => line.slice(30));
  assert.deepEqual(lines, Array.from({ length: lines.length }, (_, i) => `line ${50 - lines.length + i}`));
});

test("fileLog() cuts a line that is longer than a whole file", () => {
  const store = new MemoryStore();
  const log = fileLog("log", { store, now, maxBytes: 100 });
  log("info", "x".repeat(1000));
  assert.equal(store.size("log"), 100);
  assert.ok(store.files.get("log")?.endsWith("x\n"));
});

test("fileLog() grows up to twice the limit while somebody holds the old file", () => {
  const store = new MemoryStore();
  store.refuseReplace = true;
  const troubles: string[] = [];
  const log = fileLog("log", { store, now, maxBytes: 200, onTrouble: (message) => troubles.push(message) });
  for (let i = 0; i < 50; i++) log("info", `line ${i}`);
  assert.ok(store.size("log") <= 2 * 200 + 50);
  assert.equal(troubles.length, 1);
});

test("fileLog() never throws, tells of trouble once, and of its end with the number of lost lines", () => {
  const store = new MemoryStore();
  const troubles: string[] = [];
  const log = fileLog("log", { store, now, onTrouble: (message) => troubles.push(message) });
  store.refuseAppend = true;
  for (let i = 0; i < 3; i++) log("info", "lost");
  store.refuseAppend = false;
  log("info", "back");
  assert.deepEqual(troubles, [
    "Cannot write to the log file log: ENOSPC; the service goes on, but log lines are lost until that works",
    "Writing to the log file log again: 3 lines are lost",
  ]);
  assert.equal(store.files.get("log"), `${stamp} info back\n`);
});

test("fileLog() rotates real files", () => {
  const dir = mkdtempSync(join(tmpdir(), "log-"));
  const path = join(dir, "service.log");
  const troubles: string[] = [];
  const log = fileLog(path, { now, maxBytes: 100, onTrouble: (message) => troubles.push(message) });
  for (let i = 0; i < 9; i++) log("info", `line ${i}`);
  assert.deepEqual(troubles, []);
  assert.deepEqual(readdirSync(dir).sort(), ["service.log", "service.log.1"]);
  assert.match(readFileSync(path, "utf8"), /line 8\n$/);
  for (const name of readdirSync(dir)) unlinkSync(join(dir, name));
  rmdirSync(dir);
});
