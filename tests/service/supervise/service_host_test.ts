import assert from "node:assert/strict";
import { test } from "node:test";
import type { Next } from "../../../src/service/supervise/supervisor.ts";
import { hostLinked, type ServiceSupervisorOptions } from "../../../src/service/supervise/service_host.ts";
import type { ServiceControl, ServiceEnd, ServiceLink } from "../../../src/system/windows/service.ts";
import { endsWith, FakeLauncher, FakeProgram, MISSING } from "../../support/fake_program.ts";

class FakeLink implements ServiceLink {
  readonly told: string[] = [];
  starting(): void {
    this.told.push("starting");
  }
  running(): void {
    if (this.told.at(-1) !== "stopping") this.told.push("running");
  }
  stopping(): void {
    this.told.push("stopping");
  }
  stopped(end: ServiceEnd): Promise<void> {
    this.told.push(end.kind === "clean" ? "stopped" : `failed ${end.code}`);
    return Promise.resolve();
  }
}

function serve(launcher: FakeLauncher, more: Partial<ServiceSupervisorOptions<string>> = {}) {
  const link = new FakeLink();
  let control: (control: ServiceControl) => void = () => {};
  const options = (): ServiceSupervisorOptions<string> => ({
    launcher,
    log: () => {},
    restart: "never",
    beforeStart(): Next<string> {
      link.told.push("gate");
      return { kind: "start", spec: "svc" };
    },
    ...more,
  });
  const done = hostLinked(link, options, (listener) => control = listener);
  return { link, done, control: (which: ServiceControl) => control(which) };
}

test("hostLinked() reports START_PENDING before the gate and RUNNING when the program runs", async () => {
  const program = new FakeProgram(1);
  const atStart: string[] = [];
  const service = serve(new FakeLauncher(() => program), {
    onStarted: () => atStart.push(...service.link.told),
  });
  program.end(0);
  await service.done;
  assert.deepEqual(atStart, ["starting", "starting", "gate", "running"]);
  assert.equal(service.link.told.at(-1), "stopped");
});

for (const control of ["stop", "shutdown", "preshutdown"] as const) {
  test(`hostLinked() takes ${control} for a clean stop, whatever code the program ends with`, async () => {
    const program: FakeProgram = new FakeProgram(1, [() => {
      program.end(3);
      return true;
    }]);
    const service = serve(new FakeLauncher(() => program), { onStarted: () => service.control(control) });
    assert.deepEqual(await service.done, { exitCode: 3, requested: true });
    assert.deepEqual(service.link.told.slice(-2), ["stopping", "stopped"]);
  });
}

test("hostLinked() does not take the shutdown after a preshutdown for an order to kill", async () => {
  const program = new FakeProgram(1, [() => true]);
  const service = serve(new FakeLauncher(() => program), {
    onStarted() {
      service.control("preshutdown");
      service.control("shutdown");
      program.end(0);
    },
  });
  await service.done;
  assert.deepEqual(program.done, ["close"]);
});

test("hostLinked() shows progress while a program takes its time to stop", async () => {
  const program = new FakeProgram(1, [() => true]);
  const service = serve(new FakeLauncher(() => program), {
    stopTimeoutMs: 2500,
    onStarted: () => service.control("stop"),
  });
  await service.done;
  assert.equal(service.link.told.filter((word) => word === "stopping").length, 3);
  assert.deepEqual(program.done, ["kill", "close"]);
});

test("hostLinked() reports a crash with the program's code", async () => {
  const service = serve(new FakeLauncher(() => endsWith(7)));
  await service.done;
  assert.equal(service.link.told.at(-1), "failed 7");
});

test("hostLinked() can be stopped while it waits to try a program again that cannot be started", async () => {
  const service = serve(new FakeLauncher(() => MISSING), {
    restart: "on-failure",
    log: (_, message) => /starting it again/.test(message) && queueMicrotask(() => service.control("stop")),
  });
  await service.done;
  assert.deepEqual(service.link.told.slice(-3), ["running", "stopping", "stopped"]);
});

test("hostLinked() reports STOPPED with a failure when the gate or the options throw", async () => {
  const beforeStart = () => {
    throw new Error("no program at all");
  };
  const service = serve(new FakeLauncher(() => endsWith(0)), { beforeStart });
  await assert.rejects(service.done, /no program at all/);
  assert.equal(service.link.told.at(-1), "failed 1");
});
