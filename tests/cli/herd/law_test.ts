/** The herd only withholds updates: a service starts whatever it says, and its start knows nothing of a herd. @module */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { herdFilePath } from "../../../src/herd/machine/herd_file.ts";
import { atSite } from "../../support/command_line.ts";
import { inTempDir } from "../../support/temp.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const HERD = { BOOT_SENTINEL_HERD: "nats://127.0.0.1:1", BOOT_SENTINEL_HERD_APP: "web" };

/** The files below `src` that are about the herd, but for its names in the table of options. */
function herdModules(folder = "src"): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (/^herd(_|\.|$)/.test(entry.name) && entry.name !== "herd_options.ts") return [path];
    return entry.isDirectory() ? herdModules(path) : [];
  });
}

test("a service starts with not one module of the herd on the machine", () =>
  inTempDir((dir) => {
    const modules = herdModules();
    assert.ok(["src/herd", "src/cli/herd_of.ts", "src/cli/herd_gate.ts"].every((path) => modules.includes(path)));
    for (const part of ["src", "deno.json", "package.json", "tsconfig.json"]) {
      cpSync(join(ROOT, part), join(dir, part), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
    for (const path of modules) rmSync(join(dir, path), { recursive: true });
    const exe = join(dir, "app");
    writeFileSync(exe, "#!/bin/sh\necho started\n", { mode: 0o755 });
    const runtime = "deno" in process.versions ? ["run", "--allow-all", "--no-check"] : [];
    const call = (...args: string[]) => {
      const command = [...runtime, join(dir, "src/cli/entry.ts"), ...args];
      return spawnSync(process.execPath, command, { env: { ...process.env, ...HERD }, encoding: "utf8" });
    };
    for (const args of [["check", "--exe", exe], ["run", "--", exe], ["watch", "--exe", exe]]) {
      const { status, stderr, stdout } = call(...args);
      assert.equal(status, 0, stderr);
      if (args[0] === "run") assert.equal(stdout, "started\n");
    }
    assert.match(call("herd", "sync", "--exe", exe).stderr, /herd/, "and they were really away");
  }));

test("the gate reads no file of the herd, and starts a build that it refuses", () =>
  atSite(async ({ exe, dir, callWith }) => {
    const path = herdFilePath(dir);
    const { sha256 } = { sha256: nodeFs().digest(exe) };
    const verdict = { kind: "refuse", by: "judge", reason: "bad", at: 0 };
    writeFileSync(path, JSON.stringify({ schema: 1, machine: "", builds: { [sha256]: { verdict } } }), { mode: 0o600 });
    const before = readFileSync(path, "utf8");
    const touched = new Set<string>();
    const fs = new Proxy(nodeFs(), {
      get(target, name, receiver) {
        const member = Reflect.get(target, name, receiver);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          for (const arg of args) if (typeof arg === "string") touched.add(arg);
          return member.apply(target, args);
        };
      },
    });
    const started: string[] = [];
    const exec = ({ path }: { readonly path: Uint8Array }) => {
      started.push(new TextDecoder().decode(path).replace("\0", ""));
      return "ENOSYS";
    };
    await callWith({ env: HERD, ports: { fs }, exec }, "check", "--exe", exe);
    await callWith({ env: HERD, ports: { fs }, exec }, "run", "--", exe);
    assert.deepEqual(started, [exe]);
    assert.ok(touched.has(exe) && touched.size > 2, "what it reads is seen");
    assert.ok(!touched.has(path));
    assert.equal(readFileSync(path, "utf8"), before);
  }));
