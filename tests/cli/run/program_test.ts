/** What stands at the paths of program and last-good, told by status and judged by run. @module */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { onPosix } from "../../support/scripts.ts";
import { sentinel } from "../../support/sentinel_process.ts";
import { BAD, GOOD, json, script, sha256, site, text } from "../../support/site.ts";

test("status tells the documented story", () => {
  site(({ dir, exe, file, call, boot }) => {
    const before = json(call("status", "--json"));
    assert.deepEqual(before, {
      schema: 1,
      exe,
      dataDir: dir,
      live: {
        version: `sha256:${sha256(exe).slice(0, 12)}`,
        digest: sha256(exe),
        size: GOOD.length,
        startable: true,
      },
      state: "exposed",
      pending: null,
      lastGood: null,
      generations: [],
      rolledBack: null,
      data: null,
      quarantined: [],
      watcher: null,
      problems: [
        {
          code: "not-protected-yet",
          text: `${exe} is not protected yet: there is no last-good, the first confirm makes it`,
          advice: "confirm once a good build runs",
        },
      ],
    });
    call("confirm", "--app-version", "1.0.0");
    call("swap", file("bad", BAD), "--to", "2.0.0");
    boot();
    const probation = json(call("status", "--json"));
    assert.equal(probation.state, "probation");
    // How it ended is known where the gate stays beside it.
    const { ends: _, ...pending } = probation.pending;
    assert.deepEqual(pending, { version: "2.0.0", attempts: 1, maxAttempts: 3 });
    assert.deepEqual(
      { version: probation.lastGood.version, digest: probation.lastGood.digest, size: probation.lastGood.size },
      { version: "1.0.0", digest: sha256(`${exe}.last-good`), size: GOOD.length },
    );
    for (let attempt = 2; attempt <= 4; attempt++) boot();
    const rolledBack = json(call("status", "--json"));
    assert.equal(rolledBack.state, "rolled-back");
    assert.equal(rolledBack.quarantined[0].version, "2.0.0");
    assert.match(call("status").stdout, /state +rolled-back/);
    call("confirm");
    assert.equal(json(call("status", "--json")).state, "steady");
    rmSync(`${exe}.last-good`);
    assert.match(json(call("status", "--json")).problems[0].text, /Last-good .* is missing/);
  });
});

test("status of an exhausted build without last-good is degraded", () => {
  site(({ dir, call }) => {
    writeFileSync(join(dir, ".boot-sentinel.json"), '{"version":"2.0.0","attempts":4}');
    assert.equal(json(call("status", "--json")).state, "degraded");
  });
});

onPosix("any text is a batch file")("a missing program ends run with 127, one that is no program with 126", () => {
  site(({ dir, file, boot, exe }) => {
    assert.equal(sentinel(["run", "--", join(dir, "none")]).code, 127);
    assert.equal(sentinel(["run", "--", "no-such-program-anywhere"]).code, 127);
    file("app", "neither ELF nor script");
    assert.equal(boot().code, 126);
    writeFileSync(exe, GOOD);
    chmodSync(exe, 0o644);
    assert.equal(boot().code, 126);
  });
});

onPosix("any text is a batch file")("a missing, empty, foreign or unexecutable program is restored at once", () => {
  for (const harm of ["missing", "empty", "text", "mode", "directory", "no interpreter"]) {
    site(({ exe, file, call, boot }) => {
      call("confirm", "--app-version", "1.0.0");
      call("swap", file("v2", script("echo two")), "--to", "2.0.0");
      rmSync(exe);
      if (harm === "empty") writeFileSync(exe, "", { mode: 0o755 });
      if (harm === "text") writeFileSync(exe, "<html>", { mode: 0o755 });
      if (harm === "mode") writeFileSync(exe, script("echo two"), { mode: 0o644 });
      if (harm === "no interpreter") writeFileSync(exe, "#!/no/such/shell\n", { mode: 0o755 });
      if (harm === "directory") mkdirSync(exe);
      const { stdout, stderr } = boot();
      if (harm === "directory") assert.match(stderr, /cannot replace .* by last-good.*started from where it lies/);
      assert.equal(stdout, "good\n", `${harm}: ${stderr}`);
      // With bytes that nobody armed, it is those that are held. A mode says nothing about the bytes.
      const held = { "no interpreter": /^sha256:/, mode: /^nothing is quarantined|^$/i }[harm] ?? /^2\.0\.0/;
      assert.match(call("quarantine", "list").stdout, held, harm);
      if (harm === "mode") assert.match(stderr, /it is not executable; .*chmod \+x/);
    });
  }
});

test("a damaged last-good is not put back", () => {
  for (const harm of ["empty", "other bytes", "directory"]) {
    site(({ exe, file, call }) => {
      call("confirm");
      call("swap", file("bad", BAD), "--to", "2.0.0", "--keep", "0");
      rmSync(`${exe}.last-good`);
      if (harm === "directory") mkdirSync(`${exe}.last-good`);
      else writeFileSync(`${exe}.last-good`, harm === "empty" ? "" : script("echo g00d"), { mode: 0o755 });
      for (let attempt = 1; attempt <= 3; attempt++) call("check");
      const { code, stderr } = call("check");
      assert.equal(code, 0);
      assert.match(stderr, /Degraded.*no valid last-good/);
      assert.equal(text(exe), BAD);
      const codes = harm === "directory" ? [74, 77] : [0];
      assert.ok(codes.includes(call("confirm").code ?? -1), "a confirm makes a new one");
    });
    site(({ exe, file, call, boot }) => {
      call("confirm");
      call("swap", file("bad", BAD), "--to", "2.0.0");
      rmSync(`${exe}.last-good`);
      if (harm === "directory") mkdirSync(`${exe}.last-good`);
      else writeFileSync(`${exe}.last-good`, harm === "empty" ? "" : script("echo g00d"), { mode: 0o755 });
      for (let attempt = 1; attempt <= 3; attempt++) call("check");
      const { code, stderr } = call("check");
      assert.equal(code, 75, stderr);
      assert.match(stderr, /the older build .* takes its place/);
      assert.equal(text(exe), GOOD);
      assert.equal(boot().stdout, "good\n");
    });
  }
});
