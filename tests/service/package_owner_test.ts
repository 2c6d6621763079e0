/** Which package a file belongs to, as dpkg says. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPackageVersion, packageOwner } from "../../src/service/package_owner.ts";
import { runTool, type ToolEnd } from "../../src/system/tools/run_tool.ts";
import { lacks } from "../support/mounts.ts";

/** A dpkg that knows these files, and the version 2.10.7-1 of each package. */
function dpkg(files: Readonly<Record<string, string>>): (program: string, ...args: string[]) => Promise<ToolEnd> {
  return (_, how, ...args) => {
    const path = args[0] ?? "";
    const stdout = how === "-W" ? "2.10.7-1" : files[path];
    return Promise.resolve({ code: stdout === undefined ? 1 : 0, stdout: stdout ?? "", stderr: "" });
  };
}

const NATS = { package: "nats-server", version: "2.10.7-1" };
const CASES: readonly (readonly [what: string, path: string, files: Record<string, string>, owner?: typeof NATS])[] = [
  ["a file of one package", "/usr/bin/n", { "/usr/bin/n": "nats-server: /usr/bin/n\n" }, NATS],
  ["a file of one architecture", "/usr/bin/n", { "/usr/bin/n": "nats-server:amd64: /usr/bin/n\n" }, NATS],
  ["a file of several packages", "/usr/bin/n", { "/usr/bin/n": "nats-server, other: /usr/bin/n\n" }, NATS],
  ["a file known without /usr", "/usr/sbin/n", { "/sbin/n": "nats-server: /sbin/n\n" }, NATS],
  ["a file known with /usr", "/bin/n", { "/usr/bin/n": "nats-server: /usr/bin/n\n" }, NATS],
  ["a file with a pattern in its name", "/opt/a*[b]", { "/opt/a\\*\\[b\\]": "nats-server: /opt/a*[b]\n" }, NATS],
  [
    "a diverted file",
    "/usr/bin/n",
    { "/usr/bin/n": "diversion by x from: /usr/bin/n\nnats-server: /usr/bin/n\n" },
    NATS,
  ],
  ["a file below another name", "/opt/n", { "/opt/n": "nats-server: /opt/n/more\n" }],
  ["a file of nobody", "/opt/n", {}],
];
for (const [what, path, files, owner] of CASES) {
  test(`${what} ${owner === undefined ? "has no package" : "has its package"}`, async () => {
    assert.deepEqual(await packageOwner(path, dpkg(files)), owner);
  });
}

test("without dpkg no file has a package", async () => {
  const missing = () => Promise.resolve({ code: 127, stdout: "", stderr: "spawn dpkg-query ENOENT" });
  assert.equal(await packageOwner("/usr/bin/n", missing), undefined);
});

test("a package's version is compared without epoch and revision", () => {
  for (const version of ["2.10.7", "2.10.7-1", "1:2.10.7-1"]) assert.ok(isPackageVersion(version, "2.10.7"), version);
  for (const version of ["2.10.8-1", "12.10.7"]) assert.ok(!isPackageVersion(version, "2.10.7"), version);
});

test("the machine's own dpkg is understood", { skip: lacks("dpkg-query") }, async () => {
  const owner = await packageOwner("/usr/bin/dpkg-query", runTool);
  assert.equal(owner?.package, "dpkg");
  assert.match(owner?.version ?? "", /^\d+\./);
  assert.equal((await packageOwner("/bin/ls", runTool))?.package, "coreutils");
  assert.equal((await packageOwner("/usr/bin/ls", runTool))?.package, "coreutils");
});
