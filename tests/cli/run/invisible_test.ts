/** What the service sees when `run` starts it is what it sees without: the executable itself, on probation and steady. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { BootSentinel } from "../../../mod.ts";
import { fixture } from "../../support/runtime.ts";
import { sentinelWords } from "../../support/sentinel_process.ts";

/** A start that leaves nothing as it is by default; 3 and 4 are what socket activation hands over. */
const SETTING = `
  cd /tmp; umask 027; ulimit -S -n 900; ulimit -S -c 0; trap "" USR1 HUP
  export LISTEN_FDS=2 LISTEN_PID=$$ NOTIFY_SOCKET=@nobody WATCHDOG_USEC=1000000 BYTES="$(printf '\\377')"
  exec 3</etc/passwd 4</etc/hostname 9</dev/zero
  exec nice -n 3 "$probe" --blocked`;

describe("run", { skip: skipReason() }, () => {
  let root: string;
  let probe: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), "invisible-"));
    probe = join(root, "probe");
    const built = spawnSync("cc", ["-o", probe, fixture("drivers/probe.c")], { encoding: "utf8" });
    assert.equal(built.status, 0, built.stderr);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  /** What the probe sees, started by these words or (none) directly. */
  const seen = (words: readonly string[]): string => {
    const script = `${SETTING} "$@" "$probe" "two words" "" --flag "$(printf '\\377\\376\\001')"`;
    const env = { PATH: process.env["PATH"] ?? "", probe };
    const ran = spawnSync("sh", ["-c", script, "sh", ...words], { encoding: "utf8", env });
    const lines = ran.stdout.split("\n").filter((line) => !line.startsWith("boot-sentinel: "));
    assert.match(lines[0] ?? "", /^pid \d+$/, ran.stderr);
    assert.equal(lines[0], `pid ${ran.pid}`);
    return lines.slice(1).map(withoutChance).join("\n");
  };
  /** For a service whose limit is that of the setting. */
  const run = () => [...sentinelWords(), "run", "--data-dir", root, "--nofile", "900", "--"];

  it("leaves a service on probation exactly what it would have been given directly", () => {
    // No last-good yet: this boot is watched.
    const direct = seen([]);
    assert.match(direct, /^fd 4 /m);
    assert.match(direct, /^env NOTIFY_SOCKET=@nobody$/m);
    assert.equal(seen(run()), direct);
  });

  it("leaves a steady service the same", () => {
    new BootSentinel({ dataDir: root, exe: probe }, { log: () => {} }).confirmHealthy();
    assert.equal(seen(run()), seen([]));
  });

  it("leaves an armed service the same", () => {
    const sentinel = new BootSentinel({ dataDir: root, exe: probe }, { log: () => {} });
    sentinel.confirmHealthy();
    sentinel.armForSwap(probe, "2.0.0");
    copyFileSync(probe, `${probe}.next`);
    spawnSync("sh", ["-c", `echo >> "${probe}.next"; mv "${probe}.next" "${probe}"`]);
    assert.equal(seen(run()), seen([]));
    assert.equal(sentinel.status().pending?.attempts, 1);
  });
});

describe("run on a terminal", { skip: skipReason() || noTerminal() }, () => {
  it("leaves the service the terminal, the session and the foreground", () => {
    const root = mkdtempSync(join(tmpdir(), "invisible-"));
    try {
      const probe = join(root, "probe");
      assert.equal(spawnSync("cc", ["-o", probe, fixture("drivers/probe.c")]).status, 0);
      /** `script` gives the command a terminal of its own. */
      const seen = (words: readonly string[]): string => {
        const command = ["ulimit -S -n 900; exec", ...words, probe].map((word, i) => i === 0 ? word : `'${word}'`);
        const ran = spawnSync("script", ["-qec", command.join(" "), "/dev/null"], { encoding: "utf8", input: "" });
        const text = ran.stdout.replaceAll("\r", "").replaceAll(/^boot-sentinel: .*\n/gm, "");
        const pid = text.match(/^pid (\d+)$/m)?.[1];
        assert.ok(pid, text);
        const steady = text.split("\n").map(withoutChance).join("\n");
        return steady.replace(/^ppid \d+$/m, "ppid").replaceAll(new RegExp(`\\b${pid}\\b`, "g"), "its own");
      };
      const direct = seen([]);
      assert.match(direct, /^session its own$/m);
      assert.match(direct, /^terminal [1-9]\d* foreground its own$/m);
      assert.equal(
        seen([...sentinelWords(), "run", "--data-dir", root, "--nofile", "900", "--"]),
        direct,
      );
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

/** Pipes and processes have numbers of their own in every run. */
function withoutChance(line: string): string {
  return line.replace(/(pipe|socket):\[\d+\]/, "$1").replace(/(LISTEN_PID=)\d+/, "$1")
    // 32 and 33 are the C library's own, and any thread of a runtime undoes what they were.
    .replace(/(?<=^SigIgn:\t)[0-9a-f]+$/, (mask) => (BigInt(`0x${mask}`) & 0xffff_fffe_7fff_ffffn).toString(16));
}

function skipReason(): string | false {
  if (process.platform !== "linux") return "execve is Linux's";
  return spawnSync("cc", ["--version"]).error ? "needs a C compiler (cc)" : false;
}

function noTerminal(): string | false {
  return spawnSync("script", ["--version"]).error ? "needs script (bsdutils) for a terminal" : false;
}
