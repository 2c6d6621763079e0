/** The README and the manual say what is so: their commands run, and their files are taken. @module */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { optionsOf } from "../src/cli/command.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { configSchema } from "../src/cli/options/config_schema.ts";
import { scanCommandLine } from "../src/cli/options/scan.ts";
import { statusView } from "../src/cli/output/status_view.ts";
import { painter } from "../src/cli/output/format.ts";
import { gateChecks, gateLines } from "../src/service/doctor/gate_lines.ts";
import { parseUnit } from "../src/service/doctor/live_unit.ts";
import { restartChecks } from "../src/service/doctor/unit_restart.ts";
import { runtimeChecks } from "../src/service/doctor/unit_runtime.ts";
import type { Target } from "../src/service/doctor/check.ts";
import { splitCommandLine } from "./support/split_command_line.ts";
import { lacks } from "./support/mounts.ts";
import { ManualMachine, shownUnit, UNIT } from "./manual/machine.ts";
import { blockBelow, blocksOf, pages } from "./support/readme.ts";
import { onPosix } from "./support/scripts.ts";
import { runProcess, sentinelWords } from "./support/sentinel_process.ts";
import { inTempDir } from "./support/temp.ts";

/** Would the program take these words? Throws what it would say otherwise. */
async function understand(words: readonly string[]): Promise<void> {
  const [name = "", ...args] = words;
  const load = COMMANDS[name];
  assert.ok(load !== undefined, `there is no command ${name}`);
  const { command } = await load();
  const { positionals, rest } = scanCommandLine(args, optionsOf(command));
  const [least, most] = command.positionals;
  assert.ok(positionals.length >= least && positionals.length <= most, words.join(" "));
  if (command.verbs !== undefined) assert.ok(command.verbs.includes(positionals[0] ?? ""), words.join(" "));
  if (name === "run") assert.ok((rest?.length ?? 0) > 0, words.join(" "));
}

/** What npm and deno may be called with: the scripts and the package that there are. */
const KNOWN_CALLS = (() => {
  const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));
  const { name } = read("deno.json");
  const scripts = Object.keys(read("package.json").scripts);
  return ["ci", `add jsr:${name}`, `install ${name}`, ...scripts.flatMap((script) => [script, `run ${script}`])];
})();

const skip = process.platform === "linux" && existsSync("/usr/bin/systemctl")
  ? false
  : "needs systemctl and namespaces";

/** What time would have done by the time a command of the README is given: the service was up, and is confirmed. */
const BEFORE: Record<string, string> = {
  "README.md": "boot-sentinel confirm --exe /opt/web/server --data-dir /var/lib/web",
};

// They run the compiled executable, which is the same under each runtime: once is enough.
for (const { path } of "bun" in process.versions ? pages : []) {
  const lines = blocksOf("sh").filter(({ page }) => page === path).flatMap(({ text }) => text.split("\n"))
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.length === 0) continue;
  test(`every shell command of ${path} does what is said`, { skip }, () =>
    inTempDir((dir) => {
      const machine = new ManualMachine(dir);
      const must = (line: string) => {
        const { code, stdout, stderr } = machine.run(line);
        assert.equal(code, Number(/ # exit (\d+)/.exec(line)?.[1] ?? 0), `${line}\n${stdout}${stderr}`);
      };
      for (const line of [...BEFORE[path] === undefined ? [] : [BEFORE[path]], ...lines]) must(line);
      const calls = existsSync(join(dir, "tools"))
        ? readFileSync(join(dir, "tools"), "utf8").trimEnd().split("\n")
        : [];
      for (const call of calls) assert.ok(KNOWN_CALLS.includes(call.replace(/ -- .*/, "")), `npm or deno ${call}`);
    }));
}

test("every Windows command of the manual is understood", async () => {
  let commands = 0;
  for (const { text } of blocksOf("bat")) {
    for (const line of text.trimEnd().split("\n")) {
      const words = splitCommandLine(line);
      // sc takes the service's own command line as one word.
      const [program = "", ...args] = words[0] === "sc" ? splitCommandLine(words[4] ?? "") : words;
      assert.match(program, /boot-sentinel(\.exe)?$/);
      await understand(args);
      commands++;
    }
  }
  assert.equal(commands, 4);
});

test("the manual's unit is whole for systemd", { skip: lacks("systemd-analyze") }, () =>
  inTempDir((dir) => {
    for (const path of ["opt/boot-sentinel", "opt/web/server"]) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), "#!/bin/sh\n", { mode: 0o755 });
    }
    const path = join(dir, "web.service");
    writeFileSync(path, UNIT.replaceAll("/usr/local/bin/", "/opt/").replaceAll("/opt/", `${dir}/opt/`));
    const { code, stderr } = runProcess("systemd-analyze", ["verify", "--man=no", path]);
    // It looks at the machine's other units, too.
    const about = stderr.split("\n").filter((line) => line.includes("web.service") || line.includes(dir));
    assert.deepEqual([code, about], [0, []]);
  }));

test("the doctor finds nothing in the manual's unit, whose commands are understood", async () => {
  const target: Target = {
    exe: "/opt/web/server",
    isStarted: true,
    dataDir: "/var/lib/web",
    probes: [],
    probeTimeoutMs: 1000,
    gateAs: "user",
    isInstalled: true,
    self: "/usr/local/bin/boot-sentinel",
    maxAttempts: 3,
    afterRollback: "run",
    isConfirmedByHand: false,
    selector: "--name web",
  };
  const unit = parseUnit("web.service", false, shownUnit(), "");
  const root = { name: "root", writer: "user 0" };
  const found = [
    ...gateChecks(unit, gateLines(unit, target.self), target),
    ...restartChecks(unit, target),
    ...runtimeChecks(unit, target, root),
  ];
  const trouble = found.filter(({ verdict }) => verdict !== "good");
  assert.deepEqual(trouble, []);
  const commands = [...UNIT.matchAll(/^Exec\w+=\S+ (.*)$/gm)].map(([, words = ""]) => words.split(" "));
  assert.equal(commands.length, 3);
  for (const words of commands) await understand(words);
});

/** The keys of an object and of those within, as paths. */
function keysOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${path}${key}`, ...keysOf(inner, `${path}${key}.`)]);
}

const STATUS = JSON.parse(blockBelow("`status --json`", "json"));

onPosix("its programs start with #!")(
  "the manual's status has the keys that status --json has",
  () =>
    inTempDir((dir) => {
      const exe = join(dir, "server");
      writeFileSync(exe, "#!/bin/sh\necho up\n", { mode: 0o755 });
      writeFileSync(join(dir, "server-2.0.0"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
      const [program = "", ...words] = sentinelWords();
      const call = (...args: string[]) => {
        const { code, stdout, stderr } = runProcess(program, [...words, ...args, "--exe", exe]);
        assert.equal(code, 0, stderr);
        return stdout;
      };
      call("confirm");
      call("swap", join(dir, "server-2.0.0"), "--to", "2.0.0");
      call("check");
      // Nobody watches a check.
      const status = { ...JSON.parse(call("status", "--json")), watcher: STATUS.watcher };
      assert.deepEqual(keysOf(STATUS), keysOf(status));
      assert.deepEqual(Object.keys(STATUS.watcher), ["pid", "since", "until", "probes"]);
    }),
);

test("the manual's configuration is good", () =>
  inTempDir((dir) => {
    const text = blockBelow("The configuration file", "json");
    const path = join(dir, "boot-sentinel.config.json");
    writeFileSync(path, text);
    const [program = "", ...words] = sentinelWords();
    const call = (...args: string[]) => runProcess(program, [...words, ...args, "--config", path]);
    assert.equal(call("config", "validate").code, 0);
    const { settings } = JSON.parse(call("config", "show", "--name", "web", "--json").stdout);
    assert.deepEqual([settings.maxAttempts.value, settings.exe.value], [5, join(dir, "web/server")]);
    const known = configSchema()["properties"] as Record<string, unknown>;
    for (const key of Object.keys(JSON.parse(text))) assert.ok(key in known, key);
  }));

test("the manual shows the status as it is printed", () => {
  const now = Date.UTC(2026, 10, 25, 12);
  const at = (hours: number) => new Date(now - hours * 3_600_000).toISOString();
  const shown = blockBelow("Status", "");
  const view = statusView(
    {
      ...STATUS,
      live: { version: "3.0.0", digest: "", size: 92375040, startable: true },
      pending: { version: "3.0.0", attempts: 1, maxAttempts: 3 },
      lastGood: { ...STATUS.lastGood, version: "1.9.0", digest: "df25d282405e", size: 92215040, takenAt: at(72) },
      quarantined: [
        { version: "2.0.0", digest: "275239824e00", reason: "not confirmed in 3 boots", attempts: 4, time: at(2) },
      ],
    },
    now,
    painter(false),
  );
  assert.equal(view, shown);
});
