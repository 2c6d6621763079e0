/** The project's own laws: rings, runtime names, one version, pinned public names. @module */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as library from "../mod.ts";
import * as cli from "../src/cli.ts";
import { VERSION } from "../src/core/version.ts";
import * as testing from "../src/testing.ts";

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
  service: ["core", "system", "service"],
  herd: ["core", "system", "service", "herd"],
  cli: ["core", "system", "service", "herd", "cli"],
};

/** What a file imports of this project: statically, as a type, or when it is called. */
function importsOf(path: string): string[] {
  const found = codeOf(path).matchAll(/\b(?:from|import\()\s*"(\.[^"]+)"/g);
  return [...found].map(([, target = ""]) => posix.normalize(`${posix.dirname(path)}/${target}`));
}

for (const [ring, inner] of Object.entries(RINGS)) {
  test(`src/${ring} looks inwards only`, () => {
    const files = sources(`src/${ring}`);
    assert.ok(files.length > 5);
    for (const path of files) {
      for (const target of importsOf(path)) {
        assert.ok(inner.includes(target.split("/")[1] ?? ""), `${path} imports ${target}`);
      }
    }
  });
}

test("no file imports itself, by whatever way round", () => {
  const finished = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    assert.ok(!way.includes(path), [...way, path].join(" -> "));
    if (finished.has(path)) return;
    for (const target of importsOf(path)) visit(target, [...way, path]);
    finished.add(path);
  };
  for (const path of [...sources("src"), ...sources("build")]) visit(path, []);
});

test("a folder shows what it holds: 18 files at most", () => {
  const folders = [...sources("src"), ...sources("tests"), ...sources("build")].map((path) => posix.dirname(path));
  const count = (folder: string) => folders.filter((other) => other === folder).length;
  assert.deepEqual([...new Set(folders)].filter((folder) => count(folder) > 18), []);
});

test("no runtime is named outside src/system", () => {
  for (const path of sources("src").filter((path) => !path.startsWith("src/system/"))) {
    assert.doesNotMatch(codeOf(path), /\b(Deno|Bun)\.|\bprocess\.(?!ts")|from "(node|bun):/, path);
  }
});

test("the core names no runtime's modules, not even in an example", () => {
  for (const path of sources("src/core")) assert.doesNotMatch(read(path), /\b(node|bun):[a-z]/, path);
});

test("no source file is two things: none is longer than 300 lines", () => {
  for (const path of [...sources("src"), ...sources("tests"), ...sources("build"), "build.ts"]) {
    assert.ok(read(path).split("\n").length <= 301, path);
  }
});

test("deno.json, package.json and the program have one version", () => {
  assert.equal(JSON.parse(read("deno.json")).version, VERSION);
  assert.equal(JSON.parse(read("package.json")).version, VERSION);
});

test("deno.json and package.json offer the same entry points", () => {
  const { exports } = JSON.parse(read("deno.json"));
  assert.deepEqual(Object.keys(exports), [".", "./testing", "./cli"]);
  assert.deepEqual(JSON.parse(read("package.json")).exports, exports);
  assert.equal(JSON.parse(read("package.json")).name, JSON.parse(read("deno.json")).name);
});

test("the public names are these", () => {
  assert.deepEqual(Object.keys(library).sort(), ["BootSentinel", "FsError", "SentinelError", "nodeFs"]);
  assert.deepEqual(Object.keys(testing).sort(), ["FsError", "WRITING_VERBS", "faultFs", "memoryFs", "memoryPorts"]);
  assert.deepEqual(Object.keys(cli).sort(), ["EXIT", "environmentOf", "main"]);
  const methods = Object.getOwnPropertyNames(library.BootSentinel.prototype).filter((name) => name !== "constructor");
  assert.deepEqual(methods, [
    "checkOnBoot",
    "confirmHealthy",
    "armForSwap",
    "swap",
    "rollback",
    "fail",
    "isQuarantined",
    "quarantinedVersions",
    "quarantine",
    "clearQuarantine",
    "status",
    "history",
  ]);
});

test("the workflow and the gate call scripts that package.json has", () => {
  const { scripts } = JSON.parse(read("package.json"));
  const called = [".github/workflows/ci.yml", ".ci/run"].flatMap((path) => {
    const plain = [...read(path).matchAll(/\bnpm (?:run )?(test|(?<=run )\w+)/g)];
    const listed = [...read(path).matchAll(/ tests: (\w+) }/g)];
    return [...plain, ...listed].map(([, name = ""]) => name);
  });
  assert.deepEqual([...new Set(called)].filter((name) => scripts[name] === undefined), []);
  for (const name of ["test", "windows", "package", "build"]) assert.ok(called.includes(name), name);
});

test("the workflow pins every action by a full commit, with its version beside it", () => {
  const used = [...read(".github/workflows/ci.yml").matchAll(/^.*\buses: (.*)$/gm)].map(([, action = ""]) => action);
  assert.ok(used.length > 0);
  assert.deepEqual(used.filter((action) => !/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)), []);
});

test("the manual's example is the service that the consumer's test runs", () => {
  assert.ok(read("docs/library.md").includes(`\`\`\`ts ignore\n${read("tests/consumer/example_service.ts")}\`\`\``));
});

// The documentation is Deno's to read.
if ("deno" in process.versions) {
  test("every entry point and everything that can be called is documented with an example that is run", () => {
    const entries = Object.values<string>(JSON.parse(read("deno.json")).exports);
    const { status, stdout } = spawnSync(process.execPath, ["doc", "--json", ...entries], {
      cwd: ROOT,
      encoding: "utf8",
    });
    assert.equal(status, 0);
    const modules = Object.values<DocModule>(JSON.parse(stdout).nodes);
    assert.equal(modules.length, entries.length);
    for (const { module_doc, symbols } of modules) {
      assert.match(JSON.stringify(module_doc ?? null), /"example"/);
      for (const { name, declarations } of symbols) {
        for (const { kind, jsDoc } of declarations) {
          if (!["class", "function"].includes(kind)) continue;
          const examples = jsDoc?.tags?.filter((tag) => tag.kind === "example").map(({ doc = "" }) => doc) ?? [];
          assert.ok(examples.some((doc) => /^```ts$/m.test(doc)), `${name} has no example that is run`);
        }
      }
    }
  });
}

/** What `deno doc --json` says of a module. */
interface DocModule {
  readonly module_doc?: unknown;
  readonly symbols: readonly {
    readonly name: string;
    readonly declarations: readonly {
      readonly kind: string;
      readonly jsDoc?: { readonly tags?: readonly { readonly kind: string; readonly doc?: string }[] };
    }[];
  }[];
}
