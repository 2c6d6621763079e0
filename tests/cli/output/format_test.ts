/** Help, version, completions and manual: all there is, from the tables. @module */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { optionsOf } from "../../../src/cli/command.ts";
import { allCommands } from "../../../src/cli/commands.ts";
import { completionTable } from "../../../src/cli/output/completions/completion_table.ts";
import { flagName } from "../../../src/cli/options/options.ts";
import { commandManPages, manPage } from "../../../src/cli/output/man.ts";
import { atSite } from "../../support/command_line.ts";
import { inTempDir } from "../../support/temp.ts";

const missing = (program: string, pack: string = program) =>
  spawnSync(program, ["--version"]).error === undefined ? false : `${program} is missing: apt-get install ${pack}`;

/** Where a file of an installed package is; `undefined` when the package is missing. */
function inPackage(file: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(file);
  } catch {
    return undefined;
  }
}

const PARSER = inPackage("web-tree-sitter");
const GRAMMAR = inPackage("tree-sitter-powershell/tree-sitter-powershell.wasm");
const noGrammar = (PARSER === undefined || GRAMMAR === undefined) &&
  "a parser is missing: npm install --no-save web-tree-sitter tree-sitter-powershell";

test("every command explains itself: usage, options, and examples that start with its name", async () => {
  await atSite(async ({ callWith }) => {
    for (const [name, command] of await allCommands()) {
      const { code, stdout } = await callWith({}, name, "--help");
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^usage: boot-sentinel ${name} `));
      for (const option of optionsOf(command)) assert.ok(stdout.includes(`--${flagName(option)}`), `${name} ${option}`);
      assert.doesNotMatch(stdout, /NaN|undefined/, name);
      assert.ok(command.examples.length > 0, name);
      for (const example of command.examples) assert.match(example, new RegExp(`boot-sentinel ${name}( |$)`), name);
      assert.match(command.summary, /^[A-Z].*[^.]$/, name);
      const long = stdout.split("\n").find((line) => line.length > 120 && !line.includes("boot-sentinel"));
      assert.equal(long, undefined, name);
      assert.equal((await callWith({}, "help", name)).stdout, stdout);
    }
  });
});

test("the help names every command", async () => {
  await atSite(async ({ callWith }) => {
    const { code, stdout } = await callWith({}, "--help");
    assert.equal(code, 0);
    for (const [name] of await allCommands()) assert.match(stdout, new RegExp(`^  ${name} `, "m"));
    const bare = await callWith({});
    assert.deepEqual([bare.code, bare.stdout, bare.stderr], [64, "", stdout]);
  });
});

test("--version is a line, or all that is known of the build", async () => {
  await atSite(async ({ callWith }) => {
    assert.match((await callWith({}, "--version")).stdout, /^boot-sentinel \d+\.\d+\.\d+\n$/);
    const { version, ...others } = JSON.parse((await callWith({}, "--version", "--json")).stdout);
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.deepEqual(others, { schema: 1, commit: "unknown", target: "linux-x64", runtime: "runtime 1" });
  });
});

/** Asks bash what follows some words. */
function inBash(script: string, ...words: string[]): string[] {
  const line = words.map((word) => `'${word}'`).join(" ");
  const { stdout, stderr } = spawnSync("bash", [
    "--norc",
    "-c",
    `${script}\nCOMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))\n` +
    `compopt() { :; }\n_boot_sentinel\nprintf '%s\\n' "\${COMPREPLY[@]}"`,
  ], { encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout.trim().split("\n");
}

async function scriptFor(shell: string): Promise<string> {
  let script = "";
  await atSite(async ({ callWith }) => {
    const { code, stdout } = await callWith({}, "completions", shell);
    assert.equal(code, 0);
    script = stdout;
  });
  return script;
}

test("bash completes commands, verbs, flags, choices and files", { skip: missing("bash") }, async () => {
  const script = await scriptFor("bash");
  assert.deepEqual(inBash(script, "boot-sentinel", "qu"), ["quarantine"]);
  assert.deepEqual(inBash(script, "boot-sentinel", "quarantine", ""), ["list", "check", "add", "clear"]);
  assert.deepEqual(inBash(script, "boot-sentinel", "run", "--after-rollback", ""), ["run", "exit"]);
  assert.deepEqual(inBash(script, "boot-sentinel", "status", "--wat"), ["--watch"]);
  assert.deepEqual(inBash(script, "boot-sentinel", "run", "--", "/etc/hostnam"), ["/etc/hostname"]);
  assert.deepEqual(inBash(script, "boot-sentinel", "arm", "--exe", "/etc/hostnam"), ["/etc/hostname"]);
});

test("fish completes commands, flags and choices", { skip: missing("fish") }, async () => {
  const script = await scriptFor("fish");
  const complete = (line: string) => {
    const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", `${script}\ncomplete -C '${line}'`], {
      encoding: "utf8",
    });
    assert.equal(stderr, "");
    return stdout.trim().split("\n").map((row) => row.split("\t")[0]);
  };
  assert.deepEqual(complete("boot-sentinel qu"), ["quarantine"]);
  assert.deepEqual(complete("boot-sentinel status --wat"), ["--watch"]);
  assert.deepEqual(complete("boot-sentinel run --after-rollback "), ["exit", "run"]);
});

test("zsh takes the script, and every option in it", { skip: missing("zsh") }, async () => {
  const script = await scriptFor("zsh");
  inTempDir((dir) => {
    mkdirSync(join(dir, "fpath"));
    writeFileSync(join(dir, "fpath/_boot-sentinel"), script);
    // Completion itself needs a terminal; that the function is found, read and sound does not.
    const { status, stdout, stderr } = spawnSync("zsh", [
      "-f",
      "-c",
      `fpath=(${dir}/fpath $fpath); autoload -Uz compinit; compinit -u -d ${dir}/dump; print -r -- $_comps[boot-sentinel]
       _describe() { print -rl -- $commands }; CURRENT=2; words=(boot-sentinel ''); _boot-sentinel`,
    ], { encoding: "utf8" });
    assert.equal(stderr, "");
    assert.equal(status, 0);
    assert.match(stdout, /^_boot-sentinel\n/);
    assert.match(stdout, /^quarantine:Show or change/m);
  });
  for (const { options } of completionTable(await allCommands())) {
    for (const { flag } of options) assert.ok(script.includes(`'--${flag}[`), flag);
  }
});

test("PowerShell's script names every command and flag, with its quotes closed", async () => {
  const script = await scriptFor("powershell");
  for (const { name, options } of completionTable(await allCommands())) {
    assert.match(script, new RegExp(`^    '${name}' = '.*'$`, "m"));
    const flags = script.match(new RegExp(`^    '${name}' = @\\((.*)\\)$`, "gm"))?.at(-1) ?? "";
    for (const option of options) assert.ok(flags.includes(`'--${option.flag}'`), `${name} --${option.flag}`);
  }
  for (const line of script.split("\n")) assert.equal((line.match(/'/g)?.length ?? 0) % 2, 0, line);
  const depth = [...script].reduce((open, letter) => open + (letter === "{" ? 1 : letter === "}" ? -1 : 0), 0);
  assert.equal(depth, 0);
});

test("PowerShell's script is one by its grammar", { skip: noGrammar }, async () => {
  const { Language, Parser } = await import(pathToFileURL(PARSER ?? "").href);
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(GRAMMAR ?? "")));
  const script = await scriptFor("powershell");
  assert.ok(!parser.parse(script).rootNode.hasError);
  assert.ok(parser.parse(script.replace("Where-Object {", "Where-Object {{")).rootNode.hasError, "it looks at all");
});

test("an unknown shell is named with the known ones", async () => {
  await atSite(async ({ callWith }) => {
    const { code, log } = await callWith({}, "completions", "tcsh");
    assert.equal(code, 64);
    assert.match(log.join(), /bash, zsh, fish, powershell/);
  });
});

test(
  "man has nothing to warn of in the manual and in the pages of the commands, and shows every command",
  { skip: missing("man", "man-db") },
  async () => {
    const pages = [["boot-sentinel", await manPage()], ...await commandManPages()] as const;
    inTempDir((dir) => {
      const paths = pages.map(([name, page]) => {
        writeFileSync(join(dir, `${name}.1`), page);
        return join(dir, `${name}.1`);
      });
      const { status, stdout, stderr } = spawnSync("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", ...paths], {
        encoding: "utf8",
        env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", MANWIDTH: "100", MANPAGER: "cat" },
      });
      assert.deepEqual([status, stderr], [0, ""]);
      // deno-lint-ignore no-control-regex
      const plain = stdout.replaceAll(/\x1b\[[\d;]*m|.\x08/g, "").replaceAll(/\s+/g, " ");
      assert.match(plain, /boot-sentinel - puts the last good program back/);
      assert.match(plain, /boot-sentinel swap FILE --to VERSION/);
      assert.match(plain, /--max-attempts N/);
      assert.match(plain, /NAME boot-sentinel-swap - Verify FILE/);
      assert.match(plain, /NAME boot-sentinel-watch - Start a watcher/);
    });
  },
);
