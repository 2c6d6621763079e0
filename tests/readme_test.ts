/** The README says what is so: its commands run, and its files are taken. @module */
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
import { shellWord } from "../src/core/shell_word.ts";
import { gateChecks, gateLines } from "../src/service/doctor/gate_lines.ts";
import { parseUnit } from "../src/service/doctor/live_unit.ts";
import { restartChecks } from "../src/service/doctor/unit_restart.ts";
import { runtimeChecks } from "../src/service/doctor/unit_runtime.ts";
import type { Target } from "../src/service/doctor/check.ts";
import { splitCommandLine } from "./support/split_command_line.ts";
import { lacks } from "./support/mounts.ts";
import { blocksOf } from "./support/readme.ts";
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

const UNIT = blocksOf("ini")[0]?.text ?? "";

/** The README's unit as `systemctl show` tells of it. */
function shownUnit(): string {
  const settings = [...UNIT.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => {
    if (/^Exec/.test(name)) {
      const [, prefix = "", words = ""] = /^([-+]*)(.*)$/.exec(value) ?? [];
      const flags = [...prefix.includes("-") ? ["ignore-failure"] : [], ...prefix.includes("+") ? ["privileged"] : []];
      return `${name}Ex={ path=${words.split(" ")[0]} ; argv[]=${words} ; flags=${flags.join(" ")} ; }`;
    }
    if (/Sec$/.test(name)) return `${name.replace(/Sec$/, "USec")}=${value}s`;
    return `${name}=${value}`;
  });
  return ["LoadState=loaded", ...settings].join("\n");
}

/** A machine as the README's commands expect it, below a folder. */
function layOut(dir: string): void {
  const place = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text, { mode: 0o755 });
  };
  const self = sentinelWords().map((word) => shellWord(word)).join(" ");
  place("opt/app/server", "#!/bin/sh\necho up\n");
  place("opt/web/server", "#!/bin/sh\necho up\n");
  place("opt/legacy/server", "#!/bin/sh\necho up\n");
  const web = { exe: `${dir}/opt/web/server`, dataDir: `${dir}/var/lib/web`, unit: "web.service" };
  place("config/boot-sentinel/web.json", JSON.stringify(web));
  place("server-2.0.0", "#!/bin/sh\nexit 1\n");
  mkdirSync(join(dir, "var/lib/web"), { recursive: true });
  // Whatever the machine that runs this has of systemd is left alone.
  place(
    "bin/boot-sentinel",
    `#!/bin/sh\ncase "$1 $2" in "service install" | "service uninstall")\n  verb=$2; shift 2\n` +
      `  exec ${self} service "$verb" --dry-run "$@";; esac\nexec ${self} "$@"\n`,
  );
  place(
    "bin/systemctl",
    `#!/bin/sh\ncase "$1" in\n` +
      `cat) case "$2" in legacy*) printf '[Service]\\nExecStart=${dir}/opt/legacy/server\\n' ;; *) exit 1 ;; esac ;;\n` +
      `show) cat '${dir}/shown' ;;\n` +
      // Restart=always, as far as it takes.
      `restart) for start in 1 2 3 4 5; do\n` +
      `  boot-sentinel run --quiet --confirm manual -- '${dir}/opt/app/server' && exit 0; done; exit 1 ;;\nesac\n`,
  );
  // No network: what would be fetched and run is looked at below.
  for (const tool of ["npm", "deno"]) place(`bin/${tool}`, `#!/bin/sh\necho "$*" >> '${dir}/tools'\n`);
  place("shown", shownUnit().replaceAll("/usr/local/", `${dir}/`).replaceAll(/\/(?=opt\/|var\/lib)/g, `${dir}/`));
}

/** In its own namespace of mounts, where systemctl is the one that was laid out. */
const NAMESPACE = [
  process.geteuid?.() === 0 ? "-m" : "-rm",
  ...["sh", "-c", 'mount --bind "$0" /usr/bin/systemctl && exec sh -c "$1"'],
];

const skip = process.platform === "linux" && existsSync("/usr/bin/systemctl")
  ? false
  : "needs systemctl and namespaces";

test("every shell command of the README does what the README says", { skip }, () =>
  inTempDir((dir) => {
    layOut(dir);
    const run = (line: string) =>
      runProcess(
        "unshare",
        [...NAMESPACE, `${dir}/bin/systemctl`, line.replaceAll(/\/(?=opt\/|var\/lib)/g, `${dir}/`)],
        {
          cwd: dir,
          env: {
            PATH: `${dir}/bin:${process.env["PATH"]}`,
            XDG_CONFIG_HOME: `${dir}/config`,
            BUN_OPTIONS: "",
            LC_ALL: "C",
          },
        },
      );
    const must = (line: string, code = 0) => {
      const ended = run(line);
      assert.equal(ended.code, code, `${line}\n${ended.stdout}${ended.stderr}`);
      return ended;
    };
    // "Up for a minute" and a guarded web: what time and systemd would have done by the time a command is given.
    const before: Record<string, string> = {
      "boot-sentinel swap": "boot-sentinel confirm --app-version 1.0.0 --exe /opt/app/server",
      "boot-sentinel doctor": "boot-sentinel confirm --exe /opt/web/server --data-dir /var/lib/web",
    };
    const heads: string[] = [];
    for (const { text } of blocksOf("sh")) {
      for (const line of text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))) {
        const command = /^\S+ \S+/.exec(line)?.[0] ?? "";
        if (before[command] !== undefined && !heads.includes(command)) must(before[command]);
        heads.push(command);
        must(line, Number(/ # exit (\d+)/.exec(line)?.[1] ?? 0));
      }
    }
    assert.equal(readFileSync(join(dir, "opt/app/server"), "utf8"), "#!/bin/sh\necho up\n", "it was rolled back");
    assert.ok(heads.length >= 10, heads.join());
    const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    const { name } = JSON.parse(readFileSync(new URL("../deno.json", import.meta.url), "utf8"));
    const known = [
      "ci",
      `add jsr:${name}`,
      `install ${name}`,
      ...Object.keys(scripts).flatMap((script) => [script, `run ${script}`]),
    ];
    for (const call of readFileSync(join(dir, "tools"), "utf8").trimEnd().split("\n")) {
      assert.ok(known.includes(call), `npm or deno ${call}`);
    }
  }));

test("every Windows command of the README is understood", async () => {
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

test("the README's unit is whole for systemd", { skip: lacks("systemd-analyze") }, () =>
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

test("the doctor finds nothing in the README's unit, whose commands are understood", async () => {
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

const STATUS = JSON.parse(blocksOf("json").find(({ heading }) => heading === "`status --json`")?.text ?? "null");

onPosix("its programs start with #!")(
  "the README's status has the keys that status --json has",
  () =>
    inTempDir((dir) => {
      layOut(dir);
      const exe = join(dir, "opt/app/server");
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
      assert.deepEqual(Object.keys(STATUS.watcher), ["pid", "since", "until"]);
    }),
);

test("the README's configuration is good", () =>
  inTempDir((dir) => {
    const text = blocksOf("json").find(({ heading }) => heading === "Configuration")?.text ?? "";
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

test("the README shows the status as it is printed", () => {
  const now = Date.UTC(2026, 10, 25, 12);
  const at = (hours: number) => new Date(now - hours * 3_600_000).toISOString();
  const shown = blocksOf("").find(({ heading }) => heading === "Operating it")?.text ?? "";
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
