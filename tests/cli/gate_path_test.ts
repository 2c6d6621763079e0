/** What a boot loads before the service starts. @module */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SOURCE = new URL("../../src/", import.meta.url);

/** Every module of ours that is loaded with this one, and the packages that they name; types and `import()` are not. */
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

test("the gate loads no hooks, webhook, metrics, doctor, help, signatures or child processes", () => {
  const loaded = loadedWith("cli/entry.ts", loadedWith("cli/commands/run.ts"));
  assert.ok(loaded.has("core/boot.ts") && loaded.has("system/become.ts"), "the walk finds what is there");
  const heavy =
    /^run\/(events|doctor)\/|minisign|dry_|observers|before_change|help|timeline|view|child_process|@std\/text|^zod$/;
  assert.deepEqual([...loaded].filter((name) => heavy.test(name)), []);
});
