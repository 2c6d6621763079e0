/** Members on the command line: swapped, put back, shown, and one daemon-reload. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../src/cli/main.ts";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { build, DATA, DOWNLOAD, EXE, freshMachine, portsOver } from "../support/disk/world.ts";

const TOML = "/etc/app/app.toml";
const LIMITS = "/etc/systemd/system/app.service.d/limits.conf";

function machine(): MemoryFs {
  const fs = freshMachine();
  fs.put(TOML, "of 1");
  fs.put(LIMITS, "of 1");
  fs.put("/tmp/app.toml", "of 2");
  fs.put("/tmp/limits.conf", "of 2");
  return fs;
}

async function run(fs: MemoryFs, ...args: string[]): Promise<{ code: number; text: string; calls: string[] }> {
  const calls: string[] = [];
  const log: string[] = [];
  let text = "";
  const code = await main([...args, "--exe", EXE, "--data-dir", DATA, "--with", TOML, "--with", LIMITS], {
    ports: portsOver(fs, log),
    io: {
      cwd: "/tmp",
      stdout: (out) => void (text += out),
      stderr: (out) => void (text += out),
      systemctl: (...words) => {
        calls.push(words.join(" "));
        return Promise.resolve({ code: 0, stdout: "", stderr: "" });
      },
    },
  });
  return { code, text: text + log.join("\n"), calls };
}

test("swap puts new members in place, status shows them, rollback puts them back; each with one daemon-reload", async () => {
  const fs = machine();
  assert.deepEqual((await run(fs, "confirm")).calls, []);
  const files = ["--with-file", `${TOML}=app.toml`, "--with-file", `${LIMITS}=/tmp/limits.conf`];
  const swapped = await run(fs, "swap", DOWNLOAD, "--to", "2", ...files);
  assert.deepEqual([swapped.code, swapped.calls], [0, ["daemon-reload"]]);
  assert.deepEqual([fs.texts()[TOML], fs.texts()[LIMITS]], ["of 2", "of 2"]);
  fs.put(TOML, "edited");
  const status = await run(fs, "status");
  assert.match(status.text, /app\.toml +changed by somebody/);
  assert.match(status.text, /limits\.conf +of the live build/);
  const back = await run(fs, "rollback");
  assert.deepEqual([back.code, back.calls], [0, ["daemon-reload"]]);
  assert.deepEqual([fs.texts()[TOML], fs.texts()[LIMITS]], ["of 1", "of 1"]);
  assert.deepEqual((await run(fs, "confirm")).calls, [], "it was done");
});

test("a member with a = in its name is brought; two new files for one member are refused", async () => {
  const fs = machine();
  fs.put("/etc/app/a=b", "of 1");
  const named = ["--with", "/etc/app/a=b"];
  await run(fs, "confirm", ...named);
  const twice = ["--with-file", `${TOML}=app.toml`, "--with-file", "/etc/app//app.toml=limits.conf"];
  const refused = await run(fs, "swap", DOWNLOAD, "--to", "2", ...twice);
  assert.deepEqual([refused.code, /names \/etc\/app\/app\.toml twice/.test(refused.text)], [64, true]);
  const brought = await run(fs, "swap", DOWNLOAD, "--to", "2", ...named, "--with-file", "/etc/app/a=b=/tmp/app.toml");
  assert.deepEqual([brought.code, fs.texts()["/etc/app/a=b"]], [0, "of 2"]);
});

test("members that are no unit files need no daemon-reload", async () => {
  const fs = machine();
  await run(fs, "confirm");
  assert.deepEqual((await run(fs, "swap", DOWNLOAD, "--to", "2", "--with-file", `${TOML}=app.toml`)).calls, []);
});

test("a boot that put unit files back asks nothing of systemd; status says what is needed, a confirm does it", async () => {
  const fs = machine();
  await run(fs, "confirm");
  await run(fs, "swap", DOWNLOAD, "--to", "2", "--with-file", `${LIMITS}=/tmp/limits.conf`);
  for (let boot = 0; boot < 4; boot++) assert.deepEqual((await run(fs, "check")).calls, []);
  assert.equal(fs.texts()[EXE], build("1"));
  assert.match((await run(fs, "status", "--json")).text, /"reload-needed"/);
  assert.deepEqual((await run(fs, "confirm")).calls, ["daemon-reload"]);
  assert.doesNotMatch((await run(fs, "status", "--json")).text, /"reload-needed"/);
});

test("what cannot be understood is refused; a lost copy is a problem until a confirm makes it anew", async () => {
  const fs = machine();
  const wrong = await run(fs, "swap", DOWNLOAD, "--to", "2", "--with-file", TOML);
  assert.deepEqual([wrong.code, /Manual: "Releases", docs\/releases\.md/.test(wrong.text)], [64, true]);
  assert.match((await run(fs, "confirm", "--with", "app.toml")).text, /Manual: "Releases", docs\/releases\.md/);
  assert.equal((await run(fs, "swap", DOWNLOAD, "--to", "2", "--with-file", "app.toml=x")).code, 64);
  assert.equal((await run(fs, "swap", DOWNLOAD, "--to", "2", "--with-file", "/etc/x=/tmp/app.toml")).code, 1);
  await run(fs, "confirm");
  for (const path of Object.keys(fs.texts())) if (path.includes(".boot-members/")) fs.remove(path);
  assert.match((await run(fs, "status", "--json")).text, /"member-not-kept"/);
  await run(fs, "confirm");
  assert.doesNotMatch((await run(fs, "status", "--json")).text, /"member-not-kept"/);
});

test("a configuration file names several members", async () => {
  const fs = machine();
  fs.put("/etc/app.json", JSON.stringify({ exe: EXE, dataDir: DATA, with: [TOML, LIMITS] }), 0o600);
  let text = "";
  const io = { cwd: "/tmp", stdout: (out: string) => void (text += out) };
  await main(["confirm", "--config", "/etc/app.json"], { ports: portsOver(fs, []), io });
  await main(["status", "--config", "/etc/app.json", "--json"], { ports: portsOver(fs, []), io });
  const members = [TOML, LIMITS].map((path) => ({ path, state: "own", kept: true }));
  assert.deepEqual(JSON.parse(text.split("\n").at(-2) ?? "").members, members);
});

test("a dry run of a swap changes no member and says which it would replace", async () => {
  const fs = machine();
  await run(fs, "confirm");
  const before = JSON.stringify(fs.texts());
  const { code, text } = await run(fs, "swap", DOWNLOAD, "--to", "2", "--with-file", `${TOML}=app.toml`, "--dry-run");
  assert.deepEqual([code, JSON.stringify(fs.texts()) === before], [0, true]);
  assert.match(text, /would put the file of \/tmp\/app\.toml at \/etc\/app\/app\.toml/);
});

test("doctor says which members can be put back, and what keeps one from it", async () => {
  const fs = machine();
  await run(fs, "confirm");
  assert.match((await run(fs, "doctor")).text, /ok +members +2 of 2 can be put back with last-good/);
  fs.remove(TOML);
  fs.symlink("/tmp/app.toml", TOML);
  const { text } = await run(fs, "doctor");
  assert.match(text, /BAD +members +.*app\.toml \(--with\) cannot be put back: .*app\.toml is a symbolic link/);
  assert.match(text, /fix: name the file that it leads to\n/);
  assert.doesNotMatch(text, /can be put back with last-good/);
});

test("a stop has systemd read the unit files that a boot put back", async () => {
  const fs = machine();
  await run(fs, "confirm");
  await run(fs, "swap", DOWNLOAD, "--to", "2", "--with-file", `${LIMITS}=/tmp/limits.conf`);
  for (let boot = 0; boot < 4; boot++) assert.deepEqual((await run(fs, "check")).calls, []);
  assert.ok((await run(fs, "stopped")).calls.includes("daemon-reload"));
  assert.ok(!(await run(fs, "stopped")).calls.includes("daemon-reload"));
});
