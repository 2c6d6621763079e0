/** The control socket, between real processes' sockets. @module */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { answerAt, askAt } from "../../../src/system/process/control_socket.ts";
import { inTempDir } from "../../support/temp.ts";

describe("a control socket", { skip: process.platform === "linux" ? false : "Linux's own" }, () => {
  it("answers its owner, also in a folder whose path is too long for a socket, and is gone when closed", () =>
    inTempDir(async (dir) => {
      const folder = join(dir, "d".repeat(120));
      mkdirSync(folder);
      const path = join(folder, ".control");
      const close = await answerAt(path, (request) => `you asked ${request}`);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.equal(await askAt(path, "this", 5000), "you asked this");
      assert.equal(await askAt(path, "x".repeat(100_000), 5000), undefined);
      close();
      assert.equal(existsSync(path), false);
      assert.equal(await askAt(path, "this", 5000), undefined);
    }));

  it("takes the place of a socket that nobody answers, and of none that is in use", () =>
    inTempDir(async (dir) => {
      const path = join(dir, ".control");
      writeFileSync(path, ""); // as unanswered as what a killed process leaves
      const close = await answerAt(path, () => "first");
      await assert.rejects(answerAt(path, () => "second"));
      assert.equal(await askAt(path, "", 5000), "first");
      close();
    }));

  it("is not waited for without an end", () =>
    inTempDir(async (dir) => {
      const path = join(dir, ".control");
      const held: Socket[] = [];
      const mute = createServer((socket) => held.push(socket));
      await new Promise<void>((resolve) => mute.listen(path, resolve));
      assert.equal(await askAt(path, "this", 50), undefined);
      for (const socket of held) socket.destroy();
      mute.close();
    }));
});
