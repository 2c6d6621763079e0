/** Where settings come from. @module */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileOptions, optionNames, specOf } from "../../../src/cli/options/options.ts";
import { configSchema } from "../../../src/cli/options/config_schema.ts";
import { resolveSettings } from "../../../src/cli/options/settings.ts";
import type { Problem } from "../../../src/core/problem.ts";
import { environmentOf } from "../../../src/system/process/process_io.ts";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { atSite, type Site } from "../../support/command_line.ts";

const NAME = "boot-sentinel.config.json";

async function shown({ callWith }: Site, env: Record<string, string>, ...flags: string[]) {
  const { code, stdout, log } = await callWith({ env }, "config", "show", "--json", ...flags);
  assert.equal(code, 0, log.join("\n"));
  return JSON.parse(stdout).settings as Record<string, { value: unknown; origin: { kind: string; where: string } }>;
}

const configured = (content: unknown, use: (site: Site) => Promise<void>) =>
  atSite(async (site) => {
    writeFileSync(join(site.dir, NAME), typeof content === "string" ? content : JSON.stringify(content));
    await use(site);
  });

test("a flag outranks the environment, that the file, that the default", async () => {
  await configured({ $schema: "x", maxAttempts: 5, keep: 7 }, async (site) => {
    const env = { BOOT_SENTINEL_MAX_ATTEMPTS: "6" };
    const all = await shown(site, env, "--max-attempts", "9");
    assert.deepEqual(all["maxAttempts"], { value: 9, origin: { kind: "flag", where: "--max-attempts" } });
    const noFlag = await shown(site, env);
    assert.deepEqual(noFlag["maxAttempts"], {
      value: 6,
      origin: { kind: "environment", where: "BOOT_SENTINEL_MAX_ATTEMPTS" },
    });
    const fileOnly = await shown(site, {});
    assert.deepEqual(fileOnly["maxAttempts"], { value: 5, origin: { kind: "file", where: join(site.dir, NAME) } });
    assert.equal(fileOnly["hookTimeout"]?.origin.kind, "default");
    assert.equal(fileOnly["hookTimeout"]?.value, "10s");
  });
});

test("a service's section outranks what the file says for all, and says that it is a section", async () => {
  await configured({ keep: 1, maxAttempts: 4, services: { web: { keep: 9 }, mail: {} } }, async (site) => {
    const web = await shown(site, {}, "--name", "web");
    assert.equal(web["keep"]?.value, 9);
    assert.match(web["keep"]?.origin.where ?? "", /section of this service/);
    assert.equal(web["maxAttempts"]?.value, 4);
    const mail = await shown(site, { BOOT_SENTINEL_NAME: "mail" });
    assert.equal(mail["keep"]?.value, 1);
  });
});

test("a relative path in the file is one beside the file", async () => {
  await configured({ exe: "app", dataDir: "state" }, async (site) => {
    const settings = await shown(site, {});
    assert.equal(settings["exe"]?.value, join(site.dir, "app"));
    assert.equal(settings["dataDir"]?.value, join(site.dir, "state"));
  });
});

const WRONG: readonly (readonly [what: string, content: unknown, message: RegExp])[] = [
  ["an unknown key", { maxAttemps: 5 }, /unknown key "maxAttemps": did you mean maxAttempts\?/],
  [
    "an unknown key in a section",
    { services: { web: { kep: 1 } } },
    /"services.web.kep": did you mean services.web.keep/,
  ],
  ["a number that is none", { keep: "many" }, /keep in .* takes a whole number/],
  ["a choice that is none", { afterRollback: "reboot" }, /it is run or exit, not "reboot"/],
  ["no JSON", "{", /is not JSON .*fix it/],
  ["a list", "[]", /it is not a JSON object/],
  ["a section that is none", { services: { web: 1 } }, /services.web is not a JSON object/],
  ["an option of one command line only", { to: "2.0.0" }, /unknown key "to"/],
  ["two services with one data directory", {
    services: { a: { dataDir: "d" }, b: { dataDir: "d" } },
  }, /a and b share the data directory/],
];

for (const [what, content, message] of WRONG) {
  test(`config validate exits 78 for ${what} and says which`, async () => {
    await configured(content, async ({ callWith }) => {
      const { code, log } = await callWith({}, "config", "validate");
      assert.equal(code, 78);
      assert.match(log.join("\n"), message);
    });
  });
}

test("an unknown service names the nearest", async () => {
  await configured({ services: { web: {} } }, async ({ callWith }) => {
    const { code, log } = await callWith({}, "config", "validate", "--name", "wob");
    assert.equal(code, 78);
    assert.match(log.join("\n"), /no service "wob": did you mean web\?/);
  });
});

test("config validate names the services of a good file, and does without a file", async () => {
  await configured({ services: { web: { keep: 1 } } }, async ({ callWith }) => {
    assert.match((await callWith({}, "config", "validate")).stdout, /is valid, with web/);
  });
  await atSite(async ({ callWith }) => {
    assert.match((await callWith({}, "config", "validate")).stdout, /the defaults apply/);
    assert.equal((await callWith({}, "config", "validate", "--config", "nowhere.json")).code, 78);
  });
});

test("the gate leaves out the one bad key, says so, and keeps the others", async () => {
  await configured({ maxAttemps: 5, dataDir: "state", keep: "x" }, async ({ callWith, exe, dir }) => {
    const { code, log } = await callWith({}, "check", "--exe", exe);
    assert.equal(code, 0);
    assert.equal(log.filter((line) => line.startsWith("warn:")).length, 2);
    assert.match(log.join("\n"), /"maxAttemps"; the service is started without it/);
    const problems: Problem[] = [];
    const io = { self: join(dir, "boot-sentinel"), cwd: dir, env: environmentOf({}) };
    const { settings } = await resolveSettings(
      {},
      { fs: nodeFs(), os: "linux", io },
      { kind: "none" },
      (problem) => problems.push(problem),
    );
    assert.deepEqual(problems.map(({ code }) => code), ["config-invalid", "config-invalid"]);
    assert.equal(settings.dataDir, join(dir, "state"));
    assert.equal(settings.keep, 2);
  });
});

test("the JSON schema knows every key of the file and no other", () => {
  const schema = configSchema() as {
    properties: Record<string, unknown> & {
      services: { additionalProperties: { properties: object; additionalProperties: boolean } };
    };
    additionalProperties: boolean;
  };
  assert.equal(schema.additionalProperties, false);
  assert.equal(schema.properties.services.additionalProperties.additionalProperties, false);
  const keys = Object.keys(schema.properties).filter((key) => key !== "$schema" && key !== "services");
  assert.deepEqual(keys, fileOptions());
  assert.deepEqual(Object.keys(schema.properties.services.additionalProperties.properties), keys);
  assert.deepEqual(schema.properties["maxAttempts"], {
    description: "Boots that an unconfirmed build gets; the boot after these rolls back",
    type: "integer",
    minimum: 1,
    maximum: 4294967295,
    default: 3,
  });
});

test("every option has help, and those that take a value say which", () => {
  for (const name of optionNames()) {
    const { kind, help, value, choices } = specOf(name);
    assert.match(help, /^[^\s].*[^.]$/, name);
    assert.equal(value !== undefined || choices !== undefined, kind !== "flag", name);
  }
});
