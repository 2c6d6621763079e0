/** The project's own laws: rings, runtime names, one version, pinned public names. @module */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as library from "../mod.ts";
import { VERSION } from "../src/core/version.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

function sources(dir: string): string[] {
  return readdirSync(join(ROOT, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = `${dir}/${entry.name}`;
    return entry.isDirectory() ? sources(path) : path.endsWith(".ts") ? [path] : [];
  });
}

/** Code without comments: those may name a runtime. */
function codeOf(path: string): string {
  return read(path).replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

/** The ring that each ring may look into, itself included. */
const RINGS: Record<string, readonly string[]> = {
  core: ["core"],
  system: ["core", "system"],
  run: ["core", "system", "run"],
  cli: ["core", "system", "run", "cli"],
};

for (const [ring, inner] of Object.entries(RINGS)) {
  test(`src/${ring} looks inwards only`, () => {
    // Types of what is handed in may come from anywhere that the handing ring knows.
    const files = sources(`src/${ring}`);
    assert.ok(files.length > 5);
    for (const path of files) {
      for (const [, target = ""] of codeOf(path).matchAll(/from "(?:\.\.\/)+(core|system|run|cli)\//g)) {
        assert.ok(inner.includes(target), `${path} imports from ${target}`);
      }
    }
  });
}

test("no runtime is named outside src/system", () => {
  for (const path of sources("src").filter((path) => !path.startsWith("src/system/"))) {
    assert.doesNotMatch(codeOf(path), /\b(Deno|Bun)\.|\bprocess\.(?!ts")|from "(node|bun):/, path);
  }
});

test("no source file is two things: none is longer than 300 lines", () => {
  for (const path of [...sources("src"), ...sources("tests")]) {
    assert.ok(read(path).split("\n").length <= 301, path);
  }
});

test("modules of the runtime that cost milliseconds to load are loaded where they are used", () => {
  // The compiler moves an import of a built-in module to the start of the program, wherever it stands.
  for (const path of sources("src").filter((path) => !path.includes("/memory_"))) {
    assert.doesNotMatch(codeOf(path), /^import (?!type ).*from "node:(http|https|net|crypto|tty|tls)"/m, path);
  }
});

test("deno.json, package.json and the program have one version", () => {
  assert.equal(JSON.parse(read("deno.json")).version, VERSION);
  assert.equal(JSON.parse(read("package.json")).version, VERSION);
});

test("the public names are these", () => {
  assert.deepEqual(Object.keys(library).sort(), [
    "BootSentinel",
    "DEFAULT_KEEP",
    "DEFAULT_MAX_ATTEMPTS",
    "EVENT_KINDS",
    "FsError",
    "SentinelCore",
    "SentinelError",
  ]);
});
