/** `deploy`, through the command line, with a service manager of the test's own. @module */
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { test } from "node:test";
import { type Fs, FsError } from "../../../src/core/ports.ts";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { type Answer, atSite, BAD, GOOD, type Site } from "../../support/command_line.ts";

const ID = "0123456789abcdef0123456789abcdef";

/** A manager that starts the service again until it stays up, as Restart=always does. */
function systemctl(site: Site, starts: number, then: () => Promise<unknown>) {
  return async (...args: string[]) => {
    if (args.includes("restart")) {
      for (let start = 0; start < starts; start++) await site.call("check");
      await then();
    }
    const isUsers = args.includes("--user");
    return { code: isUsers ? 1 : 0, stdout: "", stderr: "" };
  };
}

test("deploy ends with 0 once the build is confirmed, and tells each boot", () =>
  atSite(async (site) => {
    await site.call("confirm");
    const update = site.file("v2", `${GOOD}# 2\n`);
    const { code, stdout } = await site.callWith(
      {
        systemctl: systemctl(site, 1, () => site.call("confirm")),
        onTermination: () => {},
        env: { BOOT_SENTINEL_EXE: site.exe },
      },
      ...["deploy", update, "--to", "2.0.0", "--unit", "web.service"],
    );
    assert.equal(code, EXIT.ok, stdout);
    assert.match(stdout, /^armed {2}2\.0\.0/m);
    assert.match(stdout, /^Restarting: systemctl restart --no-block web\.service$/m);
    assert.match(stdout, /boot 1 of 3\nconfirmed {2}2\.0\.0.*\nDeployed: 2\.0\.0 is confirmed\n$/);
  }));

test("deploy ends with 1 for a build that is put back, and with 1 at once the next time", () =>
  atSite(async (site) => {
    await site.call("confirm");
    const update = site.file("v2", BAD);
    const io = {
      systemctl: systemctl(site, 4, () => Promise.resolve()),
      onTermination: () => {},
      env: { BOOT_SENTINEL_EXE: site.exe },
    };
    const words = ["deploy", update, "--to", "2.0.0", "--unit", "web.service", "--json"];
    const { code, stdout } = await site.callWith(io, ...words);
    assert.equal(code, EXIT.no);
    const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ event }) => event ?? "end"), [
      ...["restart", "armed", "attempt", "attempt", "attempt", "rolled-back", "end"],
    ]);
    assert.match(lines.at(-1).reason, /put back: not confirmed in 3 boots/);
    const again = await site.callWith(io, ...words);
    assert.deepEqual([again.code, again.stdout], [EXIT.no, ""]);
    assert.match(again.log.join("\n"), /quarantined/);
  }));

test("deploy of a build that crashes shows what it wrote last, without its secrets", () =>
  atSite(async (site) => {
    await site.call("confirm");
    const update = site.file("v2", BAD);
    const env = { BOOT_SENTINEL_EXE: site.exe };
    const crash = {
      journalctl: () => Promise.resolve({ code: 0, stdout: "\x1b[31mpassword: x y\ncannot migrate\n", stderr: "" }),
      env: { ...env, SERVICE_RESULT: "exit-code", EXIT_CODE: "exited", EXIT_STATUS: "226", INVOCATION_ID: ID },
    };
    const io = {
      systemctl: async (...args: string[]) => {
        for (let start = 0; start < 4 && args.includes("restart"); start++) {
          await site.call("check");
          await site.callWith(crash, "stopped");
        }
        return { code: 0, stdout: "", stderr: "" };
      },
      onTermination: () => {},
      env,
    };
    const { stdout } = await site.callWith(io, ...["deploy", update, "--to", "2.0.0", "--unit", "web.service"]);
    assert.match(
      stdout,
      /\nNot deployed: .*\(226\/NAMESPACE\) ×3; last words: cannot migrate\n {4}\| password: \*\*\*\n {4}\| cannot migrate\n$/,
    );
    const { quarantined } = JSON.parse((await site.call("quarantine", "list", "--json")).stdout);
    assert.deepEqual(quarantined[0].ends[2].words, ["password: ***", "cannot migrate"]);
  }));

test("deploy says that nobody restarts the service, and ends with 2 when it has waited", () =>
  atSite(async (site) => {
    await site.call("confirm");
    const { code, stdout, log } = await site.callWith(
      { onTermination: () => {}, env: { BOOT_SENTINEL_EXE: site.exe } },
      ...["deploy", site.file("v2", BAD), "--to", "2.0.0", "--timeout", "10ms"],
    );
    assert.equal(code, EXIT.unknown);
    assert.match(log.join("\n"), /Nobody said how to restart the service/);
    assert.match(
      stdout,
      /2\.0\.0 is not decided in time: no boot .* yet; it goes on with the next start of the service/,
    );
  }));

test("deploy without a file restarts what is in place, and waits for it", () =>
  atSite(async (site) => {
    await site.call("confirm");
    await site.call("swap", site.file("v2", `${GOOD}# 2\n`), "--to", "2.0.0");
    const { code, stdout } = await site.callWith(
      {
        systemctl: systemctl(site, 1, () => site.call("confirm")),
        onTermination: () => {},
        env: { BOOT_SENTINEL_EXE: site.exe },
      },
      ...["deploy", "--unit", "web.service"],
    );
    assert.equal(code, EXIT.ok, stdout);
    assert.match(stdout, /^Restarting: .*\nattempt {2}2\.0\.0 {2}boot 1 of 3\nconfirmed .*\nDeployed: 2\.0\.0 is/);
  }));

test("deploy over a program that was lost tells of the build that the start puts back", () =>
  atSite(async (site) => {
    await site.call("confirm", "--app-version", "1.0.0");
    rmSync(site.exe);
    const io = {
      systemctl: systemctl(site, 1, () => Promise.resolve()),
      onTermination: () => {},
      env: { BOOT_SENTINEL_EXE: site.exe },
    };
    const { code, stdout } = await site.callWith(io, "deploy", "--unit", "web.service");
    assert.deepEqual([code, existsSync(site.exe)], [EXIT.ok, true], stdout);
    assert.match(
      stdout,
      /^Restarting: .*\nrolled back {2}a missing program → 1\.0\.0 {2}the program was lost\nDeployed: 1\.0\.0 is/m,
    );
  }));

test("who may not read the state is told how to deploy, and to look on", () =>
  atSite(async (site) => {
    await site.call("confirm");
    const fs: Fs = {
      ...nodeFs(),
      read(path, limit) {
        if (path.endsWith(".boot-record.json")) throw new FsError("denied", "read", path);
        return nodeFs().read(path, limit);
      },
    };
    for (const words of [["deploy", site.file("v2", BAD), "--to", "2.0.0"], ["deploy"], ["watch", "--follow"]]) {
      const { code, log } = await site.callWith({ ports: { fs }, env: { BOOT_SENTINEL_EXE: site.exe } }, ...words);
      assert.equal(code, EXIT.denied);
      assert.match(log[0] ?? "", /^error: Cannot see the state of .*: permission denied; use sudo: run this as root/);
    }
  }));

test("what there is no build of cannot be followed", () =>
  atSite(async (site) => {
    const surroundings = { env: { BOOT_SENTINEL_EXE: site.exe }, onTermination: () => {} };
    rmSync(site.exe);
    const { code, log } = await site.callWith(surroundings, "watch", "--follow");
    assert.equal(code, EXIT.noInput);
    assert.match(log.join(), /cannot be started: .* no build of it is kept; nothing was changed; install a good build/);
  }));

test("deploy with an option about the update, and without its file, is no command", () =>
  atSite(async (site) => {
    await site.call("confirm");
    const key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    for (const words of [["--to", "77"], ["--sha256", "0".repeat(64)], ["--signature", "x"], ["--minisign-key", key]]) {
      const { code, log } = await site.call("deploy", ...words);
      assert.deepEqual([code, log[0]?.startsWith(`error: FILE is missing: ${words[0]} is about`)], [EXIT.usage, true]);
    }
  }));

test("a second deployment of a program is refused while one is under way, and can look on", () =>
  atSite(async (site) => {
    await site.call("confirm");
    const update = site.file("v2", `${GOOD}# 2\n`);
    const env = { BOOT_SENTINEL_EXE: site.exe };
    const seen: Answer[] = [];
    const second = async () => {
      seen.push(await site.call("deploy", update, "--to", "3.0.0"));
      await site.call("confirm");
      seen.push(await site.callWith({ onTermination: () => {}, env }, "watch", "--follow"));
    };
    const io = { systemctl: systemctl(site, 1, second), onTermination: () => {}, env };
    const { code } = await site.callWith(io, "deploy", update, "--to", "2.0.0", "--unit", "web.service");
    assert.deepEqual([code, ...seen.map((answer) => answer.code)], [EXIT.ok, EXIT.no, EXIT.ok]);
    assert.match(seen[0]?.stdout ?? "", /^Not deployed: another deployment of .*app is under way; nothing was changed/);
    assert.match(seen[1]?.stdout ?? "", /^Deployed: 2\.0\.0 is confirmed\n$/);
    assert.equal((await site.call("deploy", update, "--to", "2.0.0")).code, EXIT.ok, "the lock is free again");
  }));

test("deploy of the confirmed build has nothing to do", () =>
  atSite(async (site) => {
    await site.call("confirm");
    const { code, stdout } = await site.call("deploy", site.exe, "--to", "1.0.0");
    assert.equal(code, EXIT.ok);
    assert.match(stdout, /^Nothing to deploy: .* confirmed\n$/);
  }));
