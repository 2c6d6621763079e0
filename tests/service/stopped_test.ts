/** Was the end of the service asked for? @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseExitCodes, reasonOfStop } from "../../src/service/stopped.ts";
import { hasStopJob, isReady, isStopRequested } from "../../src/service/install/systemd/ask_systemd.ts";
import { says } from "../support/command_line.ts";

const end = (result: string, exitCode: string, exitStatus: string, stopJob?: boolean) => ({
  result,
  exitCode,
  exitStatus,
  stopJob,
});

const unit = (name: string) => ({ name, isUsers: false });

describe("reasonOfStop()", () => {
  it("a stop that the manager was asked for is no failure, whatever the exit code", () => {
    for (
      const [result, code, status] of [["exit-code", "exited", "1"], ["success", "exited", "0"], [
        "signal",
        "killed",
        "KILL",
      ]]
    ) {
      assert.ok(reasonOfStop(end(result ?? "", code ?? "", status ?? "", true), []));
    }
  });

  it("a signal that the manager was not asked for is the program's own end, whatever the signal", () => {
    for (const signal of ["TERM", "INT", "HUP"]) {
      assert.equal(reasonOfStop(end("success", "killed", signal, false), []), undefined);
    }
  });

  it("SIGTERM counts as a request while nobody knows whether it was one", () => {
    assert.ok(reasonOfStop(end("success", "killed", "TERM", undefined), []));
  });

  it("a start that took too long, a watchdog and a crash are failures, though some end with SIGTERM", () => {
    assert.equal(reasonOfStop(end("timeout", "killed", "TERM", false), []), undefined);
    assert.equal(reasonOfStop(end("watchdog", "dumped", "ABRT", false), []), undefined);
    assert.equal(reasonOfStop(end("exit-code", "exited", "1", false), []), undefined);
    assert.equal(reasonOfStop(end("oom-kill", "killed", "KILL", false), []), undefined);
  });

  it("an unasked exit with 0 counts, unless --exit-ok says otherwise", () => {
    assert.equal(reasonOfStop(end("success", "exited", "0", false), []), undefined);
    assert.ok(reasonOfStop(end("success", "exited", "0", false), parseExitCodes("0")));
  });

  it("a code by which the program asks for a restart or a reboot is no failure", () => {
    assert.ok(reasonOfStop(end("exit-code", "exited", "101", false), parseExitCodes("100, 101")));
    assert.equal(reasonOfStop(end("exit-code", "exited", "102", false), parseExitCodes("100,101")), undefined);
  });

  it("nothing is known outside of systemd, so the boot counts", () => {
    assert.equal(
      reasonOfStop({ result: undefined, exitCode: undefined, exitStatus: undefined, stopJob: undefined }, [0]),
      undefined,
    );
  });
});

describe("what systemctl says", () => {
  const jobs = "  81 web.service stop running\n 82 db.service start waiting\n 83 api.service restart running\n";

  it("stop and restart jobs are requests, a start job is none", () => {
    assert.deepEqual(["web", "db", "api", "other"].map((name) => hasStopJob(jobs, `${name}.service`)), [
      true,
      false,
      true,
      false,
    ]);
  });

  it("a user's unit is asked about from that user's manager", async () => {
    const asked: string[][] = [];
    const systemctl = (...args: string[]) => {
      asked.push(args);
      return Promise.resolve({ code: 0, stdout: "1 app.service stop running", stderr: "" });
    };
    assert.equal(await isStopRequested({ name: "app.service", isUsers: true }, systemctl), true);
    await isReady({ name: "app.service", isUsers: true }, 7, systemctl);
    assert.deepEqual(asked.map(([first]) => first), ["--user", "--user"]);
  });

  it("a systemd that cannot be asked answers nothing", async () => {
    assert.equal(await isStopRequested(unit("web.service"), says(undefined)), undefined);
    assert.equal(await isReady(unit("web.service"), 7, says(undefined)), undefined);
  });

  it("READY=1 is the main process's own, in a unit that waits for it", async () => {
    const shows = (type: string, pid: number, state: string, sub = "running") =>
      says(`Type=${type}\nMainPID=${pid}\nActiveState=${state}\nSubState=${sub}\n`);
    assert.equal(await isReady(unit("u"), 7, shows("notify", 7, "active")), true);
    assert.equal(await isReady(unit("u"), 7, shows("notify", 7, "activating", "start-post")), true);
    assert.equal(await isReady(unit("u"), 7, shows("notify", 7, "activating", "start")), false);
    assert.equal(await isReady(unit("u"), 7, shows("notify", 8, "active")), false);
    assert.equal(await isReady(unit("u"), 7, shows("exec", 7, "active")), undefined);
  });
});
