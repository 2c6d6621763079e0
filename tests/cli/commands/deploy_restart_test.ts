/** How `deploy` restarts a service, and what it says when that fails. @module */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { atSite, BAD } from "../../support/command_line.ts";

test("deploy starts a unit that systemd gave up, and says at once when it gives up again", () =>
  atSite(async (site) => {
    await site.call("confirm");
    let now = 0;
    let isDown = true;
    const asked: string[] = [];
    const io = {
      systemctl: async (...args: string[]) => {
        asked.push(args[0] ?? "");
        if (args[0] === "reset-failed") isDown = false;
        if (args[0] === "restart") {
          assert.equal(isDown, false, "else the start limit refuses the start");
          await site.call("check");
          isDown = true;
        }
        const facts = `Id=web.service\nLoadState=loaded\nActiveState=${
          isDown ? "failed" : "active"
        }\nSubState=failed\n`;
        return { code: 0, stdout: args[0] === "show" ? `${facts}Result=start-limit-hit\n` : "", stderr: "" };
      },
      onTermination: () => {},
      now: () => now,
      pause: (ms: number) => Promise.resolve(void (now += ms)),
      env: { BOOT_SENTINEL_EXE: site.exe },
    };
    const { code, stdout } = await site.callWith(
      io,
      ...["deploy", site.file("v2", BAD), "--to", "2.0.0", "--unit", "web.service"],
    );
    assert.equal(code, EXIT.unknown);
    assert.match(
      stdout,
      /^Restarting: systemctl reset-failed web\.service && systemctl restart --no-block web\.service$/m,
    );
    assert.match(
      stdout,
      /2\.0\.0 is not decided: the service is down: systemd gave up \(start-limit-hit\): systemctl reset-failed web\.service && systemctl start web\.service; it goes on with the next start/,
    );
    assert.ok(now < 3000);
    assert.deepEqual(asked, ["cat", "show", "reset-failed", "restart", "show"]);
  }));

test("deploy ends with 2 at once when the service could not be restarted, with the reason", () =>
  atSite(async (site) => {
    await site.call("confirm");
    const update = site.file("v2", BAD);
    const env = { BOOT_SENTINEL_EXE: site.exe };
    const command = await site.callWith(
      { shell: () => Promise.resolve(3), onTermination: () => {}, env },
      ...["deploy", update, "--to", "2.0.0", "--restart-command", "sv restart x"],
    );
    assert.equal(command.code, EXIT.unknown);
    assert.match(
      command.stdout,
      /^2\.0\.0 is not decided: the restart failed: the command sv restart x ended with 3; the build is in place; it goes on with the next start/,
    );
    const stderr = "Failed to restart web.service: Unit web.service is masked.\nSee system logs\n";
    const systemctl = (...args: string[]) =>
      Promise.resolve({ code: args[0] === "restart" ? 1 : 0, stdout: "", stderr });
    const masked = await site.callWith({ systemctl, env }, "deploy", "--unit", "web.service", "--json");
    assert.equal(masked.code, EXIT.unknown);
    const [event, end] = masked.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const reason = "Failed to restart web.service: Unit web.service is masked";
    assert.deepEqual(event, { schema: 1, event: "restart-failed", reason });
    assert.deepEqual([end.confirmed, end.version], [null, "2.0.0"]);
  }));

test("deploy ends a restart command at its timeout, or at Ctrl-C, and says that the build is in place", {
  skip: process.platform === "win32" && "it takes a POSIX shell",
}, () =>
  atSite(async (site) => {
    await site.call("confirm");
    const update = site.file("v2", BAD);
    const env = { BOOT_SENTINEL_EXE: site.exe };
    const pid = site.file("pid", "");
    const begun = () => readFileSync(pid, "utf8").endsWith("\n");
    const words = ["deploy", update, "--to", "2.0.0", "--restart-command"];
    const late = await site.callWith({ onTermination: () => {}, env }, ...words, "sleep 600", "--timeout", "20ms");
    assert.match(
      late.stdout,
      /the restart failed: .* before it was done: no answer within 20 ms; the build is in place/,
    );
    const onTermination = (leave: () => void) => {
      const timer = setInterval(() => begun() && (clearInterval(timer), leave()), 5);
    };
    const left = await site.callWith({ onTermination, env }, ...words, `echo $$ > ${pid}; sleep 600; exit 0`);
    assert.match(
      left.stdout,
      /the restart failed: .* before it was done: it was called off; the build is in place; it/,
    );
    assert.deepEqual([late.code, left.code], [EXIT.unknown, EXIT.unknown]);
    while (isAlive(Number(readFileSync(pid, "utf8")))) await new Promise((resolve) => setTimeout(resolve, 5));
  }));

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
