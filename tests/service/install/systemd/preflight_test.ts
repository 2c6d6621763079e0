/** What cannot be guarded, and what is said about it. @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refuseUnit, refusing, type Target, targetOf } from "../../../../src/service/install/systemd/preflight.ts";
import { readUnitFile } from "../../../../src/service/install/systemd/unit_file.ts";
import type { UnitFacts } from "../../../../src/service/install/systemd/unit_facts.ts";
import { memoryFs } from "../../../../src/testing.ts";

const FILES = ["/opt/server", "/usr/bin/node", "/usr/bin/python3.11", "/usr/bin/env", "/srv/app.js", "/srv/a b.py"];

function target(command: readonly string[], more: { exe?: string; guard?: string; folder?: string } = {}): Target {
  const fs = memoryFs();
  for (const path of [...FILES, "/usr/local/bin/boot-sentinel"]) fs.put(path, path, 0o755);
  fs.symlink("/usr/bin/node", "/opt/alternative");
  const asked = { exe: undefined, guard: undefined, folder: "/", ...more };
  return refusing("x", () => targetOf(fs, { install: "boot-sentinel service install x … -- it", command, ...asked }));
}

describe("what is guarded", () => {
  it("is the program that is started", () => {
    assert.deepEqual(target(["/opt/server", "--x"]), { exe: "/opt/server", isStarted: true });
  });

  it("is another program when the unit starts it by a wrapper", () => {
    assert.deepEqual(target(["/usr/bin/env", "A=1", "/opt/server"], { exe: "/opt/server" }).exe, "/opt/server");
  });

  it("is the file that is named, below the unit's folder", () => {
    assert.deepEqual(target(["/usr/bin/node", "app.js"], { guard: "app.js", folder: "/srv" }), {
      exe: "/srv/app.js",
      isStarted: false,
    });
    assert.equal(target(["/opt/server"], { guard: "/opt/server" }).isStarted, true);
  });

  for (
    const [what, command, more, message] of [
      ["a missing program", ["/opt/none"], {}, "its program /opt/none does not exist; .*install the program first"],
      ["a missing file", ["/usr/bin/node"], { guard: "/srv/none" }, "/srv/none, the file to guard, does not exist"],
      ["a relative program", ["server"], {}, "the path of its program server is not absolute"],
      ["a specifier", ["/opt/%i/server"], {}, "contains a specifier"],
      ["an interpreter", ["/usr/bin/node", "/srv/app.js"], {}, "install x --guard /srv/app.js -- it$"],
      [
        "an interpreter with a version",
        ["/usr/bin/python3.11", "-u", "/srv/a b.py"],
        {},
        "--guard '/srv/a b.py' -- it$",
      ],
      [
        "a link to an interpreter",
        ["/opt/alternative", "/srv/app.js"],
        {},
        "/opt/alternative only runs another program",
      ],
      ["a relative script", ["/usr/bin/node", "app.js"], { folder: "/srv" }, "--guard /srv/app.js -- it$"],
      ["a script that is not found", ["/usr/bin/node", "none.js"], {}, "--guard FILE -- it$"],
      ["a wrapper", ["/usr/bin/env", "A=1", "/opt/server"], {}, "--guard /opt/server -- it$"],
      ["the gate without a program", ["/usr/local/bin/boot-sentinel", "herd", "judge"], {}, "by hand"],
      ["the gate", ["/usr/local/bin/boot-sentinel", "run", "--", "/opt/server"], {}, "through boot-sentinel already"],
    ] as const
  ) {
    it(`is not ${what}`, () => {
      const start = /^Cannot guard x: .*; nothing was changed; /;
      assert.throws(() => target(command, more), (error: Error) => {
        assert.match(error.message, start);
        assert.match(error.message, new RegExp(message));
        return true;
      });
    });
  }
});

/** A unit with these lines and properties. */
function facts(lines: string, properties: Record<string, string> = {}, more: Partial<UnitFacts> = {}): UnitFacts {
  const lists = readUnitFile(`[Service]\n${lines}\n`);
  return {
    unit: "x.service",
    properties,
    lists,
    command: [],
    variables: [],
    resets: [],
    isPerConnection: false,
    ...more,
  };
}

describe("a unit", () => {
  for (
    const [what, unit] of [
      ["of any type that stays", facts("ExecStart=/a", { Type: "notify" })],
      ["that forks", facts("ExecStart=/a", { Type: "forking", PIDFile: "/run/a.pid" })],
      ["with lines of its own", facts("ExecStart=@/a b\nExecStartPre=/b\nExecStopPost=/c", { Type: "simple" })],
      ["with instances", facts("ExecStart=/a %i", {}, { unit: "x@.service" })],
    ] as const
  ) {
    it(`${what} can be guarded`, () => refuseUnit(unit));
  }

  for (
    const [what, unit, message] of [
      ["that is masked", facts("ExecStart=/a", { LoadState: "masked" }), /it is masked; .*systemctl unmask x\.service/],
      ["that runs once", facts("ExecStart=/a", { Type: "oneshot" }), /its Type is oneshot/],
      ["with two commands", facts("ExecStart=/a\nExecStart=/b"), /2 ExecStart= lines, not 1/],
      ["without a command", facts(""), /0 ExecStart= lines/],
      ["with the gate in front", facts("ExecStart=/usr/bin/boot-sentinel run -- /a"), /guarded already, by .*run/],
      ["with a gate by hand", facts("ExecStart=/a\nExecStartPre=-+/x/boot-sentinel check --exe /a"), /guarded already/],
      ["in another root", facts("ExecStart=/a", { RootDirectory: "/srv" }), /another root, \/srv/],
      ["in an image", facts("ExecStart=/a", { RootImage: "/srv.img" }), /another root, \/srv\.img/],
      ["for each connection", facts("ExecStart=/a", {}, { isPerConnection: true }), /Accept=yes/],
      ["with lines removed later", facts("ExecStart=/a", {}, { resets: ["/e/90.conf"] }), /\/e\/90\.conf removes/],
      [
        "with a program for each instance",
        facts("ExecStart=/opt/%i/a", {}, { unit: "x@.service" }),
        /a program of its own; .*--drop-in x@NAME\.service/,
      ],
    ] as const
  ) {
    it(`${what} is refused`, () => assert.throws(() => refusing(unit.unit, () => refuseUnit(unit)), message));
  }
});
