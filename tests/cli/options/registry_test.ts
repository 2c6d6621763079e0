/** Named services: which one a command is about, and with which settings. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  nameFault,
  registeredService,
  registeredServices,
  type Registry,
  registryFolders,
  serviceOf,
} from "../../../src/cli/options/registry.ts";
import { type Finds, resolveSettings } from "../../../src/cli/options/settings.ts";
import type { Values } from "../../../src/cli/options/values.ts";
import type { Fs } from "../../../src/core/fs_port.ts";
import type { Problem } from "../../../src/core/problem.ts";
import { environmentOf } from "../../../src/system/process/process_io.ts";
import { faultFs, memoryFs } from "../../../src/testing.ts";
import { atSite } from "../../support/command_line.ts";

const WEB = { exe: "/opt/web/server", dataDir: "/state/web", maxAttempts: 5, probe: ["tcp://127.0.0.1:80"] };
const APP = { guard: "/opt/app/app.js", dataDir: "/state/app", keep: 7 };

/** A machine with services, by the paths of their files. */
function machine(files: Record<string, unknown>, env: Record<string, string> = {}, wrap = (fs: Fs) => fs) {
  const memory = memoryFs();
  for (const path of [WEB.exe, APP.guard]) memory.put(path, path, 0o755);
  for (const [path, content] of Object.entries(files)) {
    memory.put(path, typeof content === "string" ? content : JSON.stringify(content));
  }
  const io = { self: "/usr/local/bin/boot-sentinel", cwd: "/", env: environmentOf(env) };
  const registry: Registry & { readonly io: typeof io } = { fs: wrap(memory), os: "linux", io };
  const settings = (flags: Values, finds: Finds = { kind: "service" }, tolerant?: (problem: Problem) => void) =>
    resolveSettings(flags, registry, finds, tolerant);
  return { memory, registry, settings };
}

const TWO = { "/etc/boot-sentinel/web.json": WEB, "/etc/boot-sentinel/app.json": APP };

test("--name gives a command the program and the settings of its service", async () => {
  const { settings, originOf } = await machine(TWO).settings({ name: "web" });
  assert.deepEqual([settings.exe, settings.dataDir, settings.maxAttempts, settings.probe, settings.name], [
    WEB.exe,
    WEB.dataDir,
    5,
    WEB.probe,
    "web",
  ]);
  assert.deepEqual(originOf("maxAttempts"), { kind: "file", where: "/etc/boot-sentinel/web.json" });
});

test("--exe and --guard find the service that guards them, links followed", async () => {
  const { memory, settings } = machine(TWO);
  memory.symlink("/opt/web/server", "/opt/web/current");
  assert.equal((await settings({ exe: WEB.exe })).settings.maxAttempts, 5);
  assert.equal((await settings({ exe: "/opt/web/current" })).settings.name, "web");
  assert.equal((await settings({ guard: APP.guard })).settings.keep, 7);
  assert.equal((await settings({ exe: "/opt/other" })).settings.name, undefined);
});

test("the program behind -- of run finds its service; what installs one finds none", async () => {
  const { settings } = machine(TWO);
  assert.equal((await settings({}, { kind: "program", program: WEB.exe })).settings.name, "web");
  assert.equal((await settings({}, { kind: "program", program: "/opt/other" })).settings.name, undefined);
  assert.equal((await settings({}, { kind: "program", program: undefined })).settings.name, undefined);
  assert.equal((await settings({ exe: WEB.exe }, { kind: "none" })).settings.name, undefined);
});

test("the only service needs no name; with several, all are listed and none is taken", async () => {
  const one = await machine({ "/etc/boot-sentinel/web.json": WEB }).settings({});
  assert.deepEqual([one.settings.exe, one.services], [WEB.exe, []]);
  const two = await machine(TWO).settings({});
  assert.deepEqual([two.settings.exe, two.services], [undefined, ["app", "web"]]);
});

test("the message of a command that needs a program lists the services", () =>
  atSite(async ({ callWith, file }) => {
    const { memory } = machine(TWO);
    const { code, log } = await callWith({ ports: { fs: memory } }, "swap", file("v2", "#!2"), "--to", "2.0.0");
    assert.equal(code, 64);
    assert.match(log.join("\n"), /the services of this machine are app, web: add --name NAME/);
  }));

test("flags go before the environment, this before the service's file, this before the configuration file", async () => {
  const config = { "/usr/local/bin/boot-sentinel.config.json": { maxAttempts: 9, keep: 9, probeInterval: "9s" } };
  const { settings } = await machine({ ...TWO, ...config }, { BOOT_SENTINEL_MAX_ATTEMPTS: "6" })
    .settings({ name: "app", healthyAfter: 1 });
  assert.deepEqual([settings.healthyAfter, settings.maxAttempts, settings.keep, settings.probeInterval], [
    1,
    6,
    7,
    9000,
  ]);
});

test("an unknown name tells which services there are; the gate says so and goes on", async () => {
  const { settings } = machine(TWO);
  await assert.rejects(settings({ name: "wob" }), { message: "There is no service wob (registered: app, web)" });
  await assert.rejects(machine({}).settings({ name: "web" }), /There is no service web \(none is registered\)/);
  const problems: Problem[] = [];
  await settings({ name: "wob", exe: "/x" }, { kind: "service" }, (problem) => problems.push(problem));
  assert.equal(problems.length, 1);
});

test("a user's own services are found in XDG_CONFIG_HOME, or else below the home, behind those of the machine", async () => {
  const files = {
    "/etc/boot-sentinel/web.json": WEB,
    "/home/joe/.config/boot-sentinel/web.json": APP,
    "/home/joe/.config/boot-sentinel/mine.json": APP,
    "/cfg/boot-sentinel/other.json": APP,
  };
  const home = machine(files, { HOME: "/home/joe" });
  assert.deepEqual(registeredServices(home.registry).map(({ path }) => path), [
    "/etc/boot-sentinel/web.json",
    "/home/joe/.config/boot-sentinel/mine.json",
  ]);
  assert.equal((await home.settings({ name: "web" })).settings.maxAttempts, 5);
  assert.equal((await home.settings({ name: "mine" })).settings.keep, 7);
  const xdg = machine(files, { HOME: "/home/joe", XDG_CONFIG_HOME: "/cfg" });
  assert.deepEqual(registeredServices(xdg.registry).map(({ name }) => name), ["web", "other"]);
  const odd = machine(files, { HOME: "relative", XDG_CONFIG_HOME: "" });
  assert.deepEqual(registryFolders(odd.registry), ["/etc/boot-sentinel"]);
});

test("on Windows services are registered in ProgramData", () => {
  const io = { cwd: "C:\\", env: environmentOf({ ProgramData: "D:\\Data" }) };
  assert.deepEqual(registryFolders({ os: "windows", io }), ["D:\\Data\\boot-sentinel"]);
});

test("a file that only root may read is skipped by who may not, and named when it is asked for", async () => {
  const denied = (fs: Fs) =>
    faultFs(fs, [{ code: "denied", verb: "read", path: (path) => path.endsWith("/web.json") }]);
  const { registry, settings } = machine(TWO, {}, denied);
  assert.equal(await serviceOf(registry, WEB.exe), undefined);
  assert.equal((await serviceOf(registry, APP.guard))?.name, "app");
  await assert.rejects(settings({ name: "web" }), { exitCode: 77, message: /web\.json/ });
  const problems: Problem[] = [];
  const { settings: left } = await settings({ name: "web" }, { kind: "service" }, (problem) => problems.push(problem));
  assert.deepEqual([left.exe, problems.length > 0], [undefined, true]);
});

test("a folder that cannot be listed holds no services", () => {
  const { registry } = machine(TWO, {}, (fs) => faultFs(fs, [{ code: "denied", verb: "list" }]));
  assert.deepEqual(registeredServices(registry), []);
});

test("a service is found though another setting in its file is wrong", async () => {
  const { registry } = machine({ "/etc/boot-sentinel/web.json": { ...WEB, keep: "many", unknown: 1 } });
  assert.equal((await serviceOf(registry, WEB.exe))?.name, "web");
});

test("names lead to no other folder, and other files are no services", () => {
  const { registry } = machine({
    ...TWO,
    "/etc/boot-sentinel/README": "x",
    "/etc/boot-sentinel/.hidden.json": {},
    "/etc/secret.json": {},
  });
  assert.deepEqual(registeredServices(registry).map(({ name }) => name), ["app", "web"]);
  assert.equal(registeredService(registry, "../secret"), undefined);
  assert.equal(registeredService(registry, "web")?.path, "/etc/boot-sentinel/web.json");
  for (const name of ["web", "web@", "a.b:c_d-1"]) assert.equal(nameFault(name), undefined, name);
  for (const name of ["", "-x", ".x", "a/b", "a b", "x".repeat(200)]) assert.ok(nameFault(name) !== undefined, name);
});
