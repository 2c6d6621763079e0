/** `status` about all services of a machine. @module */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  type Answer,
  atSite,
  BAD,
  GOOD,
  machineWith,
  type Site,
  type Surroundings,
} from "../../support/command_line.ts";

const ESC = "\x1b";

interface Machine extends Site {
  readonly mail: string;
  /** Runs a command that names no service. */
  on(...args: string[]): Promise<Answer>;
  /** `status --watch`, with what happens after each look; it is interrupted after the last. */
  watched(surroundings: Surroundings, deeds: readonly (() => void)[], ...args: string[]): Promise<Answer>;
}

/** A machine with the services `web`, which is confirmed, `mail`, which is not, and `odd`, whose settings are wrong. */
function onMachine(use: (machine: Machine) => Promise<void>): Promise<void> {
  return atSite(async (site) => {
    const mail = site.file("mail", GOOD);
    mkdirSync(join(site.dir, "state"));
    const env = machineWith(site.dir, {
      web: { exe: site.exe },
      mail: { exe: mail, dataDir: join(site.dir, "state") },
      odd: { keep: "many" },
    });
    await site.call("confirm", "--app-version", "1.0.0");
    await use({
      ...site,
      mail,
      on: (...args) => site.callWith({ env }, ...args),
      watched(surroundings, deeds, ...args) {
        const left = [...deeds];
        const sleep = () => left.length === 0 ? "end" : left.shift()?.();
        return site.callWith({ env, sleep, ...surroundings }, "status", "--watch", ...args);
      },
    });
  });
}

const rows = (text: string) => text.trimEnd().split("\n").map((line) => line.split(/ {2,}/));

test("status has a line for each service, and the worst is its exit code", async () => {
  await onMachine(async ({ on, dir }) => {
    const { code, stdout } = await on("status");
    assert.equal(code, 78, "the settings of odd cannot be read");
    assert.deepEqual(rows(stdout).map((row) => row.slice(0, 2)), [
      ["service", "state"],
      ["mail", "exposed"],
      ["odd", "unseen"],
      ["web", "steady"],
    ]);
    const json = JSON.parse((await on("status", "--json")).stdout);
    assert.deepEqual(json.map(({ name, state }: { name: string; state?: string }) => [name, state]), [
      ["mail", "exposed"],
      ["odd", "unseen"],
      ["web", "steady"],
    ]);
    assert.equal((await on("status", "--check")).code, 1);
    rmSync(join(dir, "registry/boot-sentinel/odd.json"));
    assert.equal((await on("status")).code, 0);
    assert.equal((await on("status", "--check")).code, 1, "mail is exposed");
    assert.equal((await on("confirm", "--name", "mail")).code, 0);
    assert.equal((await on("status", "--check")).code, 0);
  });
});

test("status --watch prints all services again when one of them changed, also when it is registered no more", async () => {
  await onMachine(async ({ watched, dir, mail }) => {
    const nothing = () => {};
    const deeds = [
      nothing,
      () => writeFileSync(mail, BAD),
      nothing,
      () => rmSync(join(dir, "registry/boot-sentinel/web.json")),
    ];
    const { code, stdout } = await watched({}, deeds);
    assert.equal(code, 78);
    const looks = stdout.split(/^(?=service)/m).map(rows);
    assert.equal(looks.length, 3);
    assert.notEqual(looks[0]?.[1]?.[2], looks[1]?.[1]?.[2], "the live build of mail");
    assert.match(looks[2]?.[3]?.join(" ") ?? "", /^web unseen .*There is no service web/);
  });
});

test("a registered file that is no JSON is the cause that every command tells", async () => {
  await onMachine(async ({ on, dir }) => {
    writeFileSync(join(dir, "registry/boot-sentinel/odd.json"), "{");
    const { code, stdout } = await on("status", "--json");
    const { schema, state, problems } = JSON.parse(stdout).find(({ name }: { name: string }) => name === "odd");
    assert.deepEqual([code, schema, state, problems.length], [78, 1, "unseen", 1]);
    assert.match(problems[0].text, /odd\.json.*JSON/);
    for (const words of [["doctor"], ["watch", "--follow"], ["check"]]) {
      const { code, log } = await on(...words, "--name", "odd");
      assert.equal(code, 78, words.join(" "));
      assert.match(log.join("\n"), /odd\.json.*JSON/);
      assert.doesNotMatch(log.join("\n"), /There is no service|No program is named/);
      if (words[0] !== "check") assert.doesNotMatch(log.join("\n"), /the service is started without/);
    }
  });
});

test("status --watch --json prints a line when something changed, on a terminal, too", async () => {
  await onMachine(async ({ watched, mail, exe }) => {
    const deeds = [() => {}, () => writeFileSync(mail, ""), () => {}];
    const all = (await watched({ terminal: true }, deeds, "--json")).stdout.trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    assert.deepEqual(all.map(([{ name, state }]) => [name, state]), [["mail", "exposed"], ["mail", "degraded"]]);
    const one = (await watched({}, [() => {}, () => writeFileSync(exe, "")], "--json", "--name", "web")).stdout;
    assert.deepEqual(one.trimEnd().split("\n").map((line) => JSON.parse(line).state), ["steady", "degraded"]);
  });
});

test("status --watch redraws the table of all services in place on a terminal", async () => {
  await onMachine(async ({ watched, mail }) => {
    const { stdout } = await watched({ terminal: true }, [() => {}, () => writeFileSync(mail, "")]);
    const [before, first = "", second = "", ...more] = stdout.split(`${ESC}[H`);
    assert.deepEqual([before, more], ["", []]);
    assert.match(first, /^service +state .*\nmail +exposed /);
    assert.match(second, /^service +state .*\nmail +degraded /);
    for (const screen of [first, second]) {
      assert.ok(screen.endsWith(`${ESC}[K\n${ESC}[J`));
      assert.equal(screen.split(`${ESC}[K\n`).length, 5, "each line is cleared");
    }
  });
});

test("status --html writes all services on one page, also one whose history or settings cannot be read", async () => {
  await onMachine(async ({ on, dir }) => {
    const path = join(dir, "page.html");
    mkdirSync(join(dir, "state/.boot-history.jsonl"));
    const refused = await on("status", "--html", dir);
    assert.equal(refused.code, 64);
    assert.match(refused.log.join(), /Cannot write .*: it is a directory; nothing was written; name a file in it/);
    const { code, stdout } = await on("status", "--html", path);
    assert.deepEqual([code, stdout], [78, `Wrote ${path}\n`]);
    const page = readFileSync(path, "utf8");
    assert.match(page, /<title>machine: 3 services, 2 need attention<\/title>/);
    const sections = page.split("<section ").slice(2);
    for (const [i, name] of ["mail", "odd", "web"].entries()) assert.ok(sections[i]?.includes(`>${name}</h2>`), name);
    assert.match(sections[0] ?? "", /The history cannot be shown: .*it is a directory[^]*The history cannot be read/);
    assert.match(sections[1] ?? "", /its settings cannot be read[^]*odd\.json/);
    assert.match(sections[2] ?? "", /class="badge good">steady<[^]*1\.0\.0/);
    const both = await on("status", "--html", path, "--watch");
    assert.equal(both.code, 64);
    assert.match(both.log.join(), /Cannot use --watch with --html: nothing was written/);
  });
});
