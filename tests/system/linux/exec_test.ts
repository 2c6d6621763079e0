import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { exec } from "../../../src/system/linux/exec.ts";
import { fixture, runtimeCommand } from "../../support/runtime.ts";

/** Arguments that lose something when they pass through a string, and how a shell writes them. */
const ARGS = `"two words" "" --flag "$(printf '\\377\\376\\001')"`;

/** A start that leaves nothing as it is by default: umask, limits, signals, descriptors, folder, priority, mask. */
const SETTING = `
  cd /tmp; umask 027; ulimit -S -n 900; ulimit -S -c 0; trap "" USR1 HUP
  export BYTES="$(printf '\\377')"
  exec 3</etc/passwd 5</etc/hostname 9</dev/zero
  exec nice -n 3 "$probe" --blocked`;

describe("exec()", { skip: skipReason() }, () => {
  let root: string;
  let probe: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), "exec-"));
    probe = join(root, "probe");
    const built = spawnSync("cc", ["-o", probe, fixture("drivers/probe.c")], { encoding: "utf8" });
    assert.equal(built.status, 0, built.stderr);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const shell = (script: string, ...words: string[]) => {
    const env = { PATH: process.env["PATH"] ?? "", probe };
    return spawnSync("sh", ["-c", script, "sh", ...words], { encoding: "utf8", env });
  };
  /** What the probe sees, started by the driver or (no words) directly. */
  const seen = (setting: string, ...words: string[]) => {
    const ran = shell(`${setting} "$@" "$probe" ${ARGS}`, ...words);
    const lines = ran.stdout.split("\n");
    assert.equal(lines[0], `pid ${ran.pid}`, ran.stderr);
    return lines.slice(1).map(withoutChance).join("\n");
  };
  const driver = (...options: string[]) => [...runtimeCommand(fixture("drivers/exec_driver.ts")), ...options];

  it("leaves the program exactly what it would have been given directly", () => {
    const direct = seen(SETTING);
    assert.match(direct, /^SigBlk:\t0{13}800$/m);
    assert.match(direct, /^argv \\xff\\xfe\\x01$/m);
    assert.match(direct, /^fd 9 /m);
    assert.equal(seen(SETTING, ...driver("--nofile=900")), direct);
  });

  it("leaves only the raised soft limit of open files when it is told no other", () => {
    const limit = /^rlimit 7 soft .*$/m;
    assert.equal(seen(SETTING, ...driver()).replace(limit, ""), seen(SETTING).replace(limit, ""));
  });

  it("leaves SIGPIPE ignored for a service that systemd started", () => {
    const setting = `trap "" PIPE; export SYSTEMD_EXEC_PID=$$; exec`;
    assert.match(seen(setting), /^SigIgn:\t1000$/m);
    assert.equal(seen(setting, ...driver("--nofile=1000000")), seen("ulimit -S -n $(ulimit -H -n);" + setting));
  });

  it("tells why a program cannot be started, and starts the next one as if nothing had happened", () => {
    const text = join(root, "text");
    writeFileSync(text, "no program");
    chmodSync(text, 0o755);
    const busy = join(root, "busy");
    copyFileSync(probe, busy);
    const open = openSync(busy, "r+");
    const candidates = ["/no/such", "/etc/passwd", text, busy, `${probe}/below`, probe].join(",");
    const ran = shell(`${SETTING} "$@" ${candidates}`, ...driver("--nofile=900"));
    closeSync(open);
    const failures = ["/no/such ENOENT", "/etc/passwd EACCES", `${text} ENOEXEC`, `${busy} ETXTBSY`];
    assert.deepEqual(ran.stderr.trim().split("\n"), [...failures, `${probe}/below ENOTDIR`]);
    assert.match(ran.stdout, /^argv .*probe$/m);
    assert.match(ran.stdout, /^rlimit 7 soft 900 /m);
  });

  it("puts back what it changed when it fails", () => {
    const state = () => readFileSync("/proc/self/status", "utf8").match(/^Sig(Ign|Blk|Cgt).*$/gm)?.join("\n");
    const limits = () => readFileSync("/proc/self/limits", "utf8");
    const descriptor = openSync("/etc/passwd", "r");
    const flags = () => readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
    const earlier = [state(), limits(), flags()];
    const nowhere = { path: Buffer.from("/no/such"), argv: [], env: [] };
    assert.equal(exec(nowhere, { nofile: 64, sigpipe: "default" }), "ENOENT");
    assert.deepEqual([state(), limits(), flags()], earlier);
    closeSync(descriptor);
  });

  it("takes more arguments than one page of memory holds", () => {
    const words = Array.from({ length: 5000 }, (_, index) => `word-${index}`);
    const ran = shell(`exec "$@"`, ...driver(), probe, ...words);
    assert.deepEqual(ran.stdout.match(/^argv word-.*$/gm), words.map((word) => `argv ${word}`));
  });
});

/** Pipes and processes have numbers of their own in every run. */
function withoutChance(line: string): string {
  return line.replace(/(pipe|socket):\[\d+\]/, "$1").replace(/(EXEC_PID=)\d+/, "$1")
    // 32 and 33 are the C library's own; Deno starts its children with both ignored, and any thread undoes that.
    .replace(/(?<=^SigIgn:\t)[0-9a-f]+$/, (mask) => (BigInt(`0x${mask}`) & 0xffff_fffe_7fff_ffffn).toString(16));
}

function skipReason(): string | false {
  if (process.platform !== "linux") return "execve is Linux's";
  return spawnSync("cc", ["--version"]).error ? "needs a C compiler (cc)" : false;
}
