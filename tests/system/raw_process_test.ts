import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, it } from "node:test";
import { rawCommandLine, rawEnvironment } from "../../src/system/posix.ts";
import { fixture, runtimeCommand } from "../fixtures/runtime.ts";

const skip = process.platform === "linux" ? false : "/proc is Linux's";

describe("rawCommandLine()", () => {
  it("ends with the words of this process", () => {
    const words = rawCommandLine().map((word) => Buffer.from(word).toString());
    const last = process.argv.slice(2);
    assert.deepEqual(words.slice(words.length - last.length), last);
  });

  it("keeps bytes that are no UTF-8, and empty words", { skip }, () => {
    const [command, ...words] = runtimeCommand(fixture("raw_driver.ts"));
    const script = `"$@" "" "$(printf '\\377')" last`;
    const ran = spawnSync("sh", ["-c", script, "sh", command, ...words], { encoding: "utf8" });
    assert.deepEqual(JSON.parse(ran.stdout).argv.slice(-3), ["", "ff", "6c617374"]);
  });
});

describe("rawEnvironment()", () => {
  it("holds the environment of this process", () => {
    const entries = rawEnvironment().map((entry) => Buffer.from(entry).toString());
    assert.ok(entries.includes(`PATH=${process.env["PATH"]}`));
  });

  it("keeps bytes that are no UTF-8", { skip }, () => {
    const script = `BYTES="$(printf '\\377')" exec "$@"`;
    const ran = spawnSync("sh", ["-c", script, "sh", ...runtimeCommand(fixture("raw_driver.ts"))], {
      encoding: "utf8",
    });
    assert.ok(JSON.parse(ran.stdout).env.includes(Buffer.from("BYTES=").toString("hex") + "ff"), ran.stderr);
  });
});
