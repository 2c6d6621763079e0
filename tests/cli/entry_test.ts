/** What a start loads before it is known whether there is anything to judge. @module */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SOURCE = new URL("../../src/", import.meta.url);

/** Every module that is loaded with this one; types and `import()` are not. */
function loadedWith(path: string, seen = new Set<string>()): Set<string> {
  const url = new URL(path, SOURCE);
  const name = url.href.slice(SOURCE.href.length);
  if (seen.has(name)) return seen;
  seen.add(name);
  const text = readFileSync(fileURLToPath(url), "utf8");
  for (const [, words = "", from = ""] of text.matchAll(/^(?:im|ex)port\s+([^;]*?)from "([^"]+)";/gm)) {
    if (words.startsWith("type ")) continue;
    if (from.startsWith(".")) loadedWith(new URL(from, url).href, seen);
    else seen.add(from);
  }
  return seen;
}

test("nothing that is loaded before the steady rule pulls in the judge, the ports, the log or a module of the runtime", () => {
  const loaded = [...loadedWith("cli/entry.ts")];
  assert.ok(loaded.includes("core/gate/steady.ts"), "the way leads through the steady rule");
  const late = /^core\/(gate\/(boot|judge)\.ts|changes\/|builds\/|state\/(state|history|quarantine)\.ts)/;
  assert.deepEqual(loaded.filter((name) => late.test(name)), []);
  assert.deepEqual(loaded.filter((name) => /^system\/(real_ports|process\/log|linux\/lock)\.ts/.test(name)), []);
  assert.deepEqual(loaded.filter((name) => /^(node|bun|npm):|^zod|^@std\/(cli|text)/.test(name)), []);
});
