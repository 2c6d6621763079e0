/** The README and the manual name what there is: their tables and words are held to the program. @module */
import assert from "node:assert/strict";
import { basename } from "node:path";
import { test } from "node:test";
import { allCommands, COMMANDS } from "../src/cli/commands.ts";
import { EXIT } from "../src/core/exit_codes.ts";
import {
  environmentOptions,
  envName,
  flagName,
  optionNames,
  optionOfFlag,
  specOf,
} from "../src/cli/options/options.ts";
import { shownDefault } from "../src/cli/options/shown_default.ts";
import { markerPath } from "../src/core/state/marker.ts";
import { generationPath, lastGoodPath, rollbackBakPath, sparePath, statePaths } from "../src/core/state/paths.ts";
import { parseDuration } from "../src/service/duration.ts";
import { outboxPath } from "../src/service/events/outbox.ts";
import { PROBE_KINDS } from "../src/service/health/probes/parse_probe.ts";
import { inlineCode, manual, pages, tableRows } from "./support/readme.ts";

test("the manual's tables of options have the program's options and defaults", () => {
  for (const [options = "", fallback = ""] of tableRows("option", "default")) {
    const flags = options.match(/(?<=--)[\w-]+/g) ?? [];
    const values = fallback.split(", ");
    flags.forEach((flag, i) => {
      const name = optionOfFlag(flag);
      if (name === undefined) return assert.fail(flag);
      const { default: value, kind } = specOf(name);
      const said = (values[i] ?? "").replaceAll("`", "");
      if (value === undefined) return assert.ok(["", "none", "uptime:60s"].includes(said), name);
      assert.equal(said, String(shownDefault({ kind, default: value })), name);
    });
  }
  for (const [option = ""] of tableRows("option", "does")) {
    assert.ok(optionOfFlag(/--([\w-]+)/.exec(option)?.[1] ?? "") !== undefined, option);
  }
  for (const [, flag = "", value = ""] of manual.matchAll(/`--([\w-]+)`,? \(?(\d+m?s|\d+m)\)/g)) {
    if (flag === "stop-timeout") continue; // Windows has its own
    const name = optionOfFlag(flag);
    assert.equal(name && specOf(name).default, parseDuration(value), flag);
  }
});

test("every option that the README and the manual name exists", () => {
  const build = ["target", "runtime", "fast"];
  const others = ["delete", "copies"]; // of rsync, and of Python's venv
  for (const code of pages.flatMap(({ text }) => inlineCode(text))) {
    for (const [, name = ""] of code.replace(/ -- [^-].*/, "").matchAll(/(?:^|[\s[])--([a-z][\w-]*)/g)) {
      // Deno's permissions are for the library.
      const known = name.startsWith("allow-") || [...optionNames().map(flagName), ...build, ...others].includes(name);
      assert.ok(known, `--${name} in ${code}`);
    }
  }
});

test("every variable that the README and the manual name exists", () => {
  const others = ["FROM", "TO", "SERVICE_PASSWORD"].map((name) => `BOOT_SENTINEL_${name}`);
  const known = [...environmentOptions().map(envName), ...others];
  for (const { text } of pages) {
    for (const [name] of text.matchAll(/BOOT_SENTINEL_[A-Z_]*[A-Z]/g)) assert.ok(known.includes(name), name);
  }
});

test("the exclusions that the manual gives a deployment keep all that the gate has beside a program", () => {
  const limits = pages.find(({ path }) => path === "docs/limits.md")?.text ?? "";
  const patterns = [...limits.matchAll(/--exclude='([^']+)'/g)].map(([, glob = ""]) =>
    new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", ".*")}$`)
  );
  const { dir: _, ...state } = statePaths("/opt/app");
  const exe = "/opt/app/server";
  const beside = [lastGoodPath(exe), rollbackBakPath(exe), generationPath(exe, "0".repeat(64)), markerPath(exe)];
  for (const path of [...Object.values(state), sparePath("/opt/app"), outboxPath("/opt/app"), ...beside]) {
    assert.ok(patterns.some((pattern) => pattern.test(basename(path))), path);
  }
  assert.ok(!patterns.some((pattern) => pattern.test("server")));
});

test("the manual's table of commands has every command, and no other", async () => {
  const rows = tableRows("command", "does").map(([command = ""]) => inlineCode(command));
  const names = rows.flatMap(([first = "", ...others]) => [
    first.split(" ")[0],
    // A row of verbs is one command.
    ...others.map((code) => code.split(" ")[0]).filter((name) => COMMANDS[name ?? ""] !== undefined),
  ]);
  const all = (await allCommands()).map(([name]) => name);
  assert.deepEqual([...new Set(names)].sort(), [...all].sort());
});

test("the manual's exit codes are the program's", () => {
  const codes = tableRows("code", "meaning").flatMap(([code = ""]) => code.split(", ")).filter((code) =>
    code !== "other"
  );
  assert.deepEqual(codes.map(Number).sort((a, b) => a - b), Object.values(EXIT).sort((a, b) => a - b));
});

test("the manual's table of probes has every kind", () => {
  const kinds = tableRows("probe", "passes when").flatMap(([probe = ""]) => inlineCode(probe))
    .map((text) => /^[a-z]+/.exec(text)?.[0]);
  assert.deepEqual(kinds.sort(), Object.keys(PROBE_KINDS).sort());
});

test("the manual's table of files has every state file", () => {
  const rows = tableRows("file", "where", "content").map((row) => row.join(" "));
  const { dir: _, ...paths } = statePaths("/data");
  for (const path of [...Object.values(paths), outboxPath("/data")]) {
    assert.ok(rows.some((row) => row.includes(`\`${basename(path)}\``)), path);
  }
});
