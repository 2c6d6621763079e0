/**
 * The package as its users get it: the tarball of npm under Bun and Node, the files of JSR under Deno. Each of the two
 * test runners looks at its own half.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { makeTempDir, removeTree } from "../support/temp_dir.ts";
import { lacks } from "../support/mounts.ts";
import { buildsOf, BUN, bundle, checkTypes, denoProject, must, newNode, npmProject } from "./project.ts";
import { serviceComesBack } from "./story.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const noScripts = process.platform === "win32" && "Windows starts no scripts by their #!";

if ("bun" in process.versions) describe("a project that installs the tarball of npm", npmConsumer);
else describe("a project that imports the files of JSR", denoConsumer);

function npmConsumer(): void {
  let dir = "";
  before(() => npmProject(dir = makeTempDir("npm-consumer")));
  after(() => removeTree(dir));

  const node = newNode() ?? "";
  const noNode = node === "" && "there is no Node 22 or later, and it cannot be fetched";
  const noScript = noScripts || noNode;

  it("has types", () => checkTypes(dir));

  it("uses every entry point under Bun", () => {
    assert.match(must(dir, BUN, "uses_library.ts"), /^fine$/m);
  });

  it("uses every entry point under Node", { skip: noNode }, () => {
    bundle(join(dir, "uses_library.ts"), join(dir, "uses_library"), node);
    assert.match(must(dir, node, "uses_library.js"), /^fine$/m);
  });

  it("keeps the file contract under Node", { skip: noNode }, () => {
    const contract = join(dir, "contract.mjs");
    must(HERE, BUN, "build", "--target=node", join(HERE, "../system/fs/node_fs_test.ts"), "--outfile", contract);
    const words = ["--test-name-pattern=keeps the file contract", "--test-reporter=tap"];
    const passed = Number(/^# pass (\d+)$/m.exec(must(dir, node, "--test", ...words, contract))?.[1]);
    assert.ok(passed > 20, `${passed} facts`);
  });

  it("has a service, compiled with Bun, that comes back from its own bad update", async () => {
    const compile = (source: string, program: string) =>
      must(dir, BUN, "build", "--compile", source, "--outfile", program);
    await serviceComesBack(buildsOf(dir, "compiled", compile));
  });

  it("has a service, a script for Node, that comes back from its own bad update", { skip: noScript }, async () => {
    await serviceComesBack(buildsOf(dir, "script", (source, program) => bundle(source, program, node)));
  });
}

function denoConsumer(): void {
  let dir = "";
  before(() => denoProject(dir = makeTempDir("deno-consumer"), process.execPath));
  after(() => removeTree(dir));

  it("has types", () => void must(dir, process.execPath, "check", "example_service.ts", "uses_library.ts"));

  it("uses every entry point under Deno", () => {
    assert.match(must(dir, process.execPath, "run", "-A", "--no-check", "uses_library.ts"), /^fine$/m);
  });

  it("gets no file that none of the entry points needs", () => {
    const { exports } = JSON.parse(readFileSync(join(dir, "package/deno.json"), "utf8"));
    const needed = Object.values<string>(exports).flatMap((entry) => {
      const info = must(dir, process.execPath, "info", "--quiet", "--json", join(dir, "package", entry));
      const { modules } = JSON.parse(info.slice(info.indexOf("{\n")));
      return modules.map(({ specifier }: { specifier: string }) => specifier.replace(/^.*\/package\//, ""));
    });
    const got = readdirSync(join(dir, "package"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts")).map((file) => file.replaceAll("\\", "/"));
    assert.deepEqual(got.filter((file) => !needed.includes(file)), [], "take them out with publish.exclude");
  });

  const noTerminal = lacks("script");
  it("asks nothing on a terminal where it may read and write files and no more", { skip: noTerminal }, () => {
    const command = `"${process.execPath}" run --no-check --allow-read --allow-write few_permissions.ts`;
    // A question would wait for an answer: it has a minute.
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
      cwd: dir,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.doesNotMatch(stdout, /Deno requests/);
    assert.match(stdout, /^proceed proceed proceed rolledBack\r?$/m);
  });

  it("has a service, a script for Deno, that comes back from its own bad update", { skip: noScripts }, async () => {
    const words = `/usr/bin/env -S ${process.execPath} run -A --quiet --ext=js --config=${join(dir, "deno.json")}`;
    await serviceComesBack(buildsOf(dir, "script", (source, program) => bundle(source, program, words)));
  });

  const denort = process.env["DENORT_BIN"];
  const skip = denort === undefined && "deno compile needs its runtime denort: DENORT_BIN names none";
  it("has a service, compiled with Deno, that comes back from its own bad update", { skip }, async () => {
    const compile = (source: string, program: string) =>
      must(dir, process.execPath, "compile", "-A", "--no-check", "--output", program, source);
    await serviceComesBack(buildsOf(dir, "compiled", compile));
  });
}
