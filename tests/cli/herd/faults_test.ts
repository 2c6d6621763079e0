/** What commands of the herd say, and with which exit code, when the herd cannot be used. @module */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nkeys } from "@nats-io/transport-node";
import { atSite, type Site } from "../../support/command_line.ts";
import { noNatsServer } from "../../support/herd/nats_server.ts";
import { startHerd, type TestHerd } from "../../support/herd/test_herd.ts";

const facts = { skip: noNatsServer };

interface Place {
  readonly site: Site;
  readonly herd: TestHerd;
  /** A key that the server does not know. */
  readonly foreign: string;
  /** A command with the options that name the herd; returns the exit code and what was said. */
  ask(creds: string, app: string, ...words: string[]): Promise<[code: number, text: string]>;
}

function inHerd(use: (place: Place) => Promise<void>): Promise<void> {
  return atSite(async (site) => {
    const herd = await startHerd(1);
    try {
      const foreign = join(site.dir, "foreign.nk");
      writeFileSync(foreign, nkeys.createUser().getSeed());
      const ask: Place["ask"] = async (creds, app, ...words) => {
        const options = ["--herd", herd.server.url, "--herd-app", app, "--herd-creds", creds, "--herd-timeout", "1s"];
        const { code, log } = await site.call("herd", ...words, ...options, "--exe", site.exe);
        return [code, log.join("\n")];
      };
      await use({ site, herd, foreign, ask });
    } finally {
      await herd.close();
    }
  });
}

test(
  "herd sync fails when something is to be mended, and not while nobody answers",
  facts,
  () =>
    inHerd(async ({ site, herd, foreign, ask }) => {
      const own = herd.machines[0]!.creds;
      assert.equal((await ask(own, "web", "sync"))[0], 0);
      for (
        const [creds, app, code] of [
          [foreign, "web", 77],
          [own, "shop", 77],
          [join(site.dir, "gone.nk"), "web", 78],
          [site.file("garbage.nk", "no seed"), "web", 78],
        ] as const
      ) {
        const [found, text] = await ask(creds, app, "sync");
        assert.equal(found, code, text);
        assert.match(text, /^error: Not synced: .*; the last answer of the herd stands; /m);
      }
      await herd.server.kill();
      assert.equal((await ask(own, "web", "sync"))[0], 0);
    }),
);

test(
  "the same fault has one exit code in all commands, which say what holds now and what to do",
  facts,
  () =>
    inHerd(async ({ site, herd, foreign, ask }) => {
      const keys = join(site.dir, "keys");
      mkdirSync(keys);
      writeFileSync(join(keys, "garbage.nk"), "no seed");
      const key = site.file("person.key", "");
      assert.equal((await site.call("herd", "keygen", "other.key")).code, 0);
      const decided = ["--file", site.exe, "--herd-key", "other.key"];
      const commands = [
        ["status"],
        ["refuse", ...decided, "--reason", "x"],
        ["clear", ...decided],
        ["admit", ...decided, "--share", "1"],
        ["init", "--app", "web", "--machines", "1", "--dir", "new"],
      ];
      const told = async (creds: string, ...[verb = "", ...words]: string[]) =>
        await ask(creds, "web", verb, ...words, ...verb === "init" ? ["--creds", creds] : []);
      for (const words of commands) {
        const [code, text] = await told(foreign, ...words);
        assert.equal(code, 77, text);
        assert.match(
          text,
          /does not permit this: .*; (nothing was changed|the credentials are in .*); take the credentials of/,
        );
        assert.equal((await told(key, ...words))[0], 78);
      }
      const [code, text] = await ask(foreign, "web", "init", "--app", "web", "--machines", "1", "--dir", "keys");
      assert.equal(code, 78);
      assert.match(text, /Cannot use .*garbage\.nk as credentials: .*; nothing was changed$/m);
      const [, ca] = await ask(herd.operator.creds, "web", "status", "--herd-ca", key);
      assert.match(ca, /^error: Cannot use .*person\.key as certificates: there is none in it/);
      await herd.server.kill();
      for (const words of commands) {
        const [code, text] = await told(herd.judge.creds, ...words);
        assert.equal(code, 2, text);
        assert.match(text, /does not answer: .*; try again when it answers$/m);
      }
    }),
);
