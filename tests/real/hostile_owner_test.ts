/** Root runs commands in the folder of a user who is hostile: what that user cannot do, root does not do either. @module */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { must as tool } from "../support/mounts.ts";
import { NOBODY } from "../support/other_user/as_user.ts";
import { assertUntouched, inHostileFolder, JOB, SECRET, skip } from "../support/other_user/hostile_folder.ts";
import { runProcess, sentinel, sentinelWords } from "../support/sentinel_process.ts";
import { BAD, GOOD, script, type Site, text } from "../support/site.ts";
import { inTempDir } from "../support/temp.ts";

const EVIL = script("echo evil");
const LIMIT_MS = 60_000;

function changeRecord({ dir }: Site, change: (record: Record<string, unknown>) => void): void {
  const path = join(dir, ".boot-record.json");
  const record = JSON.parse(text(path));
  change(record);
  writeFileSync(path, JSON.stringify(record));
}

const snapshotOf = (content: string, path: string) => ({
  version: "0.1.0",
  digest: createHash("sha256").update(content).digest("hex"),
  size: content.length,
  proven: true,
  path,
});

test("a record that names root's files as older builds has them neither removed nor put in place", { skip }, () => {
  inHostileFolder((place) => {
    const generations = Array.from({ length: 4 }, (_, n) => ({
      ...snapshotOf(n === 0 ? JOB : `${n}`, n === 0 ? place.job : place.secret),
      version: `0.${n}.0`,
    }));
    changeRecord(place, (record) => record["generations"] = generations);
    place.call("confirm");
    place.call("rollback", "--to", "0.0.0");
    assertUntouched(place);
    assert.equal(text(place.exe), GOOD);
  });
});

test("a rollback writes over no file of root's through a link, whatever the record calls last-good", { skip }, () => {
  inHostileFolder((place) => {
    const evil = place.file("evil", EVIL);
    changeRecord(place, (record) => {
      delete record["live"];
      record["lastGood"] = snapshotOf(EVIL, evil);
    });
    rmSync(`${place.exe}.last-good`);
    renameSync(place.exe, `${place.exe}.0`);
    symlinkSync(place.job, place.exe);
    place.own();
    for (const words of [["rollback"], ["confirm"], ["fail"]]) place.call(...words);
    place.boot();
    assertUntouched(place);
    assert.ok(!existsSync(`${place.job}.last-good`));
  });
});

test("a swap writes over no file of root's through a link", { skip }, () => {
  inHostileFolder((place) => {
    renameSync(place.exe, `${place.exe}.0`);
    symlinkSync(place.job, place.exe);
    place.own();
    const update = join(place.dir, "..", "update");
    writeFileSync(update, script("echo update"), { mode: 0o755 });
    place.call("swap", update, "--to", "2.0.0");
    assertUntouched(place);
  });
});

test("a kept copy of the user's setuid program is the user's, not root's", { skip }, () => {
  inHostileFolder((place) => {
    rmSync(`${place.exe}.last-good`);
    chmodSync(place.exe, 0o4755);
    place.must("confirm");
    assert.equal(statSync(`${place.exe}.last-good`).uid, NOBODY);
  });
});

const STATE_FILES = [
  ".boot-sentinel.json",
  ".boot-record.json",
  ".boot-quarantine.json",
  ".boot-history.jsonl",
  ".boot-spare",
  ".boot-sentinel.lock",
  ".boot-work.lock",
  ".boot-rollback-hook.json",
  "app.boot-sentinel",
  "app.last-good",
  "app.rollback-bak",
];

for (const [how, put] of [["a link", symlinkSync], ["a second name", linkSync]] as const) {
  test(`with ${how} of a file of root's in the place of any state file, that file stays as it is`, { skip }, () => {
    for (const name of STATE_FILES) {
      inHostileFolder((place) => {
        const path = join(place.dir, name);
        rmSync(path, { force: true });
        put(place.secret, path);
        chownSync(place.secret, 0, 0);
        place.call("quarantine", "add", "9.0.0");
        place.call("swap", place.file("v2", BAD), "--to", "2.0.0");
        place.boot("--after-rollback-hook", "true");
        place.call("rollback");
        place.call("confirm");
        try {
          assertUntouched(place);
        } catch (error) {
          throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
        }
      });
    }
  });
}

function cannotMakeDevice(): string | false {
  if (skip !== false) return skip;
  return inTempDir((dir) => {
    const { code, stderr } = runProcess("mknod", [join(dir, "null"), "c", "1", "3"]);
    return code !== 0 && `this container does not let root make devices: ${stderr.trim()}`;
  });
}

const OUTPUTS: Record<string, readonly string[]> = {
  "--metrics-file": ["quarantine", "add", "9.0.0"],
  "--html": ["status"],
};

for (const [option, words] of Object.entries(OUTPUTS)) {
  test(`${option} leaves what a link leads to as it is`, { skip }, () => {
    inHostileFolder((place) => {
      for (const name of ["out.prom", "out.prom.tmp"]) {
        const link = join(place.dir, name);
        symlinkSync(place.secret, link);
        place.own();
        place.call(...words, option, join(place.dir, "out.prom"));
        assertUntouched(place);
        rmSync(link, { force: true });
      }
    });
  });

  test(
    `${option} takes the place of no pipe and no device, and waits for neither`,
    { skip: cannotMakeDevice() },
    () => {
      inHostileFolder((place) => {
        const pipe = join(place.dir, "pipe");
        const device = join(place.dir, "..", "null");
        tool("mkfifo", pipe);
        tool("mknod", device, "c", "1", "3");
        for (const path of [pipe, device]) {
          const { mode } = lstatSync(path);
          const args = [...words, option, path, "--exe", place.exe, "--data-dir", place.dir];
          assert.notEqual(sentinel(args, { timeoutMs: LIMIT_MS }).signal, "SIGKILL", path);
          assert.equal(lstatSync(path).mode, mode, path);
        }
      });
    },
  );
}

test("the webhook sends no file that a link in the outbox leads to", { skip }, async () => {
  await inHostileFolder(async (place) => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Uint8Array) => body += new TextDecoder().decode(chunk));
      request.on("end", () => {
        bodies.push(body);
        response.end();
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      mkdirSync(join(place.dir, ".boot-outbox"));
      const link = join(place.dir, ".boot-outbox", "000000000000001-a.json");
      symlinkSync(place.secret, link);
      place.own();
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const about = ["--exe", place.exe, "--data-dir", place.dir, "--webhook", url];
      const run = async (...words: string[]) => {
        const [program = "", ...own] = sentinelWords();
        await once(spawn(program, [...own, ...words, ...about], { stdio: "ignore", timeout: LIMIT_MS }), "close");
      };
      await run("quarantine", "add", "9.0.0");
      await run("deliver");
      rmSync(link);
      await run("deliver");
      assert.ok(bodies.some((body) => body.includes("9.0.0")), "the event itself is sent");
      assert.ok(!bodies.some((body) => body.includes(SECRET.trim())), bodies.join());
      assertUntouched(place);
    } finally {
      server.close();
    }
  });
});
