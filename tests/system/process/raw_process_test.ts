import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, it } from "node:test";
import {
  hasVariables,
  initialVariable,
  lastArguments,
  rawEnvironment,
} from "../../../src/system/process/raw_process.ts";
import { fixture, runtimeCommand } from "../../support/runtime.ts";

const skip = process.platform === "linux" ? false : "/proc is Linux's";

describe("lastArguments()", () => {
  it("are those of this process", () => {
    const words = lastArguments(1).map((word) => Buffer.from(word).toString());
    assert.deepEqual(words, process.argv.slice(-1));
  });

  it("keeps bytes that are no UTF-8, and empty words", { skip }, () => {
    const [command, ...words] = runtimeCommand(fixture("drivers/raw_driver.ts"));
    const script = `"$@" "" "$(printf '\\377')" last`;
    const ran = spawnSync("sh", ["-c", script, "sh", command, ...words], { encoding: "utf8" });
    assert.deepEqual(JSON.parse(ran.stdout).argv, ["", "ff", "6c617374"]);
  });
});

describe("rawEnvironment()", () => {
  it("holds the environment of this process", () => {
    const entries = rawEnvironment().map((entry) => Buffer.from(entry).toString());
    assert.ok(entries.includes(`PATH=${process.env["PATH"]}`));
  });

  it("keeps bytes that are no UTF-8", { skip }, () => {
    const script = `BYTES="$(printf '\\377')" exec "$@"`;
    const ran = spawnSync("sh", ["-c", script, "sh", ...runtimeCommand(fixture("drivers/raw_driver.ts"))], {
      encoding: "utf8",
    });
    assert.ok(JSON.parse(ran.stdout).env.includes(Buffer.from("BYTES=").toString("hex") + "ff"), ran.stderr);
  });
});

describe("initialVariable() and hasVariables()", () => {
  it("tell of the environment of this process", () => {
    assert.equal(initialVariable("PATH"), process.env["PATH"]);
    assert.equal(initialVariable("PAT"), undefined);
    assert.ok(hasVariables("PAT"));
    assert.ok(!hasVariables("BOOT_SENTINEL_NO_SUCH"));
  });
});
