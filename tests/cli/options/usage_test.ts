/** The command line itself: mistakes, help, and where settings come from. @module */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { onPosix, scriptName } from "../../support/scripts.ts";
import { sentinel } from "../../support/sentinel_process.ts";
import { json, site } from "../../support/site.ts";

test("an unknown command or flag names the nearest and ends with 64", () => {
  const command = sentinel(["statsu"]);
  assert.equal(command.code, 64);
  assert.match(command.stderr, /Unknown command statsu: did you mean status\?/);
  // Nothing that is called is like it.
  assert.match(sentinel(["list"]).stderr, /Unknown command list$/m);
  const flag = sentinel(["run", "--max-atempts", "3", "--", "/bin/true"]);
  assert.equal(flag.code, 64);
  assert.match(flag.stderr, /Unknown option --max-atempts: did you mean --max-attempts\?/);
});

test("a command line that lacks something ends with 64", () => {
  for (
    const args of [
      [],
      ["run"],
      ["run", "--"],
      ["arm", "--exe", "x"],
      ["swap", "x", "--exe", "x"],
      ["arm", "1"],
      [
        "status",
        "--exe",
      ],
      ["arm", " ", "--exe", "x"],
      ["check", "--max-attempts", "many", "--exe", "x"],
      ["quarantine", "x", "--exe", "x"],
    ]
  ) {
    assert.equal(sentinel(args).code, 64, args.join(" "));
  }
});

test("a limit for a confirm that nobody waits for is refused; the gate says so and goes on", () => {
  site(({ call, exe }) => {
    const flag = call("check", "--confirm-within", "10m");
    assert.equal(flag.code, 64);
    assert.match(flag.stderr, /Cannot use --confirm-within: it is for --confirm manual only/);
    const env = { BOOT_SENTINEL_CONFIRM_WITHIN: "10m" };
    assert.equal(sentinel(["status", "--exe", exe], { env }).code, 78);
    const gate = sentinel(["check", "--exe", exe], { env });
    assert.equal(gate.code, 0);
    assert.match(gate.stderr, /Cannot use BOOT_SENTINEL_CONFIRM_WITHIN: .*; the service is started without it/);
  });
});

test("a refusal is one message on standard error, and with --json no answer either", () => {
  site(({ call }) => {
    for (const args of [["rollback"], ["swap", "no-such-file", "--to", "2.0.0"], ["quarantine", "check", " "]]) {
      const { code, stdout, stderr } = call(...args, "--json");
      assert.deepEqual([code === 0, stdout], [false, ""], args.join(" "));
      assert.match(stderr, /Cannot|No \w+ is named/);
    }
  });
});

test("versions stay text: 1.10 is not 1.1", () => {
  site(({ call }) => {
    call("quarantine", "add", "1.10");
    assert.equal(call("quarantine", "check", "1.1").code, 1);
    assert.equal(call("quarantine", "check", "1.10").code, 0);
  });
});

test("options come from the flag, the environment, the file, in this order", () => {
  site(({ dir, exe, file }) => {
    // The file lies beside the executable; here that is the runtime, so it is named.
    const config = file("config.json", JSON.stringify({ $schema: "x", exe, maxAttempts: 7 }));
    const maxAttempts = (args: string[], env: Record<string, string> = {}) => {
      writeFileSync(join(dir, ".boot-sentinel.json"), '{"version":"2.0.0","attempts":1}');
      return json(sentinel(["status", "--json", "--config", config, ...args], { env })).pending.maxAttempts;
    };
    assert.equal(maxAttempts([]), 7);
    assert.equal(maxAttempts([], { BOOT_SENTINEL_MAX_ATTEMPTS: "8" }), 8);
    assert.equal(maxAttempts(["--max-attempts", "9"], { BOOT_SENTINEL_MAX_ATTEMPTS: "8" }), 9);
  });
});

test("a bad configuration ends a command with 78 and never stops run", () => {
  site(({ exe, file, call }) => {
    const config = file("config.json", '{"maxAtempts":3}');
    const status = call("status", "--config", config);
    assert.equal(status.code, 78);
    assert.match(status.stderr, /maxAtempts.*did you mean maxAttempts\?/);
    const run = sentinel(["run", "--config", config, "--", exe], { env: { BOOT_SENTINEL_KEEP: "many" } });
    assert.equal(run.stdout, "good\n");
    assert.match(run.stderr, /BOOT_SENTINEL_KEEP/);
  });
});

test("a webhook that is no web address ends a command with 64 or 78, and the gate goes on without it", () => {
  site(({ exe, file, call }) => {
    for (const webhook of ["ftp://x/", "nonsense", "file:///etc/passwd"]) {
      const flag = call("confirm", "--webhook", webhook);
      assert.equal(flag.code, 64, webhook);
      assert.match(flag.stderr, /Cannot use --webhook: it takes a URL that starts with http:\/\/ or https:\/\//);
      const config = file("config.json", JSON.stringify({ webhook }));
      assert.equal(call("confirm", "--config", config).code, 78, webhook);
      const run = sentinel(["run", "--config", config, "--", exe], { env: { BOOT_SENTINEL_WEBHOOK: webhook } });
      assert.deepEqual([run.code, run.stdout], [0, "good\n"]);
      assert.match(run.stderr, /Cannot use BOOT_SENTINEL_WEBHOOK: .*; the service is started without it/);
      assert.match(run.stderr, /Cannot use webhook in .*; the service is started without it/);
    }
    assert.equal(call("confirm", "--webhook", "https://127.0.0.1:1/x", "--dry-run").code, 0);
  });
});

test("swap takes no digest that is none, and no signature without a key", () => {
  site(({ exe, file, call }) => {
    const before = readFileSync(exe);
    const update = ["swap", file("v2", "#!/bin/sh\necho 2\n"), "--to", "2.0.0"];
    for (const digest of ["zz", "00", "g".repeat(64), `${"0".repeat(64)}0`]) {
      const { code, stderr } = call(...update, "--sha256", digest);
      assert.equal(code, 64, digest);
      assert.match(stderr, /Cannot use --sha256: it takes 64 hexadecimal digits/);
    }
    const { code, stderr } = call(...update, "--signature", exe);
    assert.equal(code, 64);
    assert.match(stderr, /A signature is named, but no key: add --minisign-key/);
    assert.deepEqual(readFileSync(exe), before);
  });
});

onPosix("STATE_DIRECTORY is systemd's")(
  "the state lives where --data-dir, its variable, or the unit's state directory says",
  () => {
    site(({ dir, call, exe }) => {
      const held = (at: string) => existsSync(join(at, ".boot-quarantine.json"));
      const [a, b, c] = ["a", "b", "c"].map((name) => join(dir, name)) as [string, string, string];
      const add = (env: Record<string, string>, ...args: string[]) =>
        sentinel(["quarantine", "add", "2.0.0", "--exe", exe, ...args], { env });
      add({ STATE_DIRECTORY: `${a}:${b}` });
      assert.ok(held(a) && !held(b));
      add({ STATE_DIRECTORY: a, BOOT_SENTINEL_DATA_DIR: b });
      assert.ok(held(b));
      add({ BOOT_SENTINEL_DATA_DIR: b }, "--data-dir", c);
      assert.ok(held(c));
      call("quarantine", "add", "2.0.0");
      assert.ok(held(dir));
    });
  },
);

test("every command has help with an example", () => {
  const { stdout } = sentinel(["--help"]);
  for (const name of ["run", "check", "arm", "swap", "confirm", "fail", "rollback", "quarantine", "status"]) {
    assert.match(stdout, new RegExp(`^  ${name} `, "m"));
    const help = sentinel([name, "--help"]);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /Examples:\n {2}.*boot-sentinel/);
  }
});

test("the program's other files do not matter: a copy under another name is its own program", () => {
  site(({ dir, exe, call }) => {
    call("confirm");
    const other = join(dir, scriptName("other"));
    copyFileSync(exe, other);
    assert.equal(sentinel(["run", "--data-dir", join(dir, "elsewhere"), "--", other]).stdout, "good\n");
  });
});
