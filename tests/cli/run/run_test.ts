/** `run` becomes the service: same process, same words, its own end. @module */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../support/free_port.ts";
import { runProcess, sentinel, sentinelWords } from "../../support/sentinel_process.ts";
import { onPosix } from "../../support/scripts.ts";
import { inTempDir } from "../../support/temp.ts";

const test = onPosix("run becomes the program there");

test("the service has the process id that run was started with", () => {
  const words = sentinelWords().map((word) => `'${word}'`).join(" ");
  // The shell prints its own id and becomes run, which becomes the second shell.
  const { stdout } = runProcess("/bin/sh", ["-c", `echo $$; exec ${words} run -- /bin/sh -c 'echo $$'`]);
  const [before, after] = stdout.trim().split("\n");
  assert.equal(after, before);
});

test("arguments arrive byte for byte, whatever they are", () => {
  const words = ["", " ", "a b", "--flag=x", "--", "-", "ünïcödé", "new\nline", '"quoted"', "$HOME", "*"];
  const { stdout } = sentinel(["run", "--", "/usr/bin/printf", "[%s]", ...words]);
  assert.equal(stdout, words.map((word) => `[${word}]`).join(""));
});

test("arguments that are not UTF-8 arrive byte for byte", () => {
  const words = sentinelWords().map((word) => `'${word}'`).join(" ");
  const { stdout } = runProcess("/bin/sh", [
    "-c",
    `exec ${words} run -- /usr/bin/printf %s "$(printf '\\377\\200x')" | od -An -tx1`,
  ]);
  assert.equal(stdout.trim(), "ff 80 78");
});

test("the service's exit code and signal are its own", () => {
  assert.equal(sentinel(["run", "--", "/bin/sh", "-c", "exit 7"]).code, 7);
  const { signal } = sentinel(["run", "--", "/bin/sh", "-c", "kill -TERM $$"]);
  assert.equal(signal, "SIGTERM");
});

test("a bare name is found by PATH and keeps its name", () => {
  const { stdout } = sentinel(["run", "--", "sh", "-c", "echo $0"]);
  assert.equal(stdout, "sh\n");
});

test("the environment arrives whole, and nothing is added", () => {
  inTempDir((dir) => {
    const clean = (words: string[]) =>
      runProcess("/usr/bin/env", ["-i", `HOME=${dir}`, "A=1", "A_B=ü", ...words]).stdout;
    assert.equal(clean([...sentinelWords(), "run", "--", "/usr/bin/env"]), clean(["/usr/bin/env"]));
  });
});

interface Server {
  readonly program: string;
  args(port: number, dir: string): string[];
}

const SERVERS: Record<string, Server> = {
  "nats-server": {
    program: "/usr/sbin/nats-server",
    args: (port) => ["-a", "127.0.0.1", "-p", "-1", "-m", String(port)],
  },
  nginx: {
    program: "/usr/sbin/nginx",
    args(port, dir) {
      const config = join(dir, "nginx.conf");
      mkdirSync(join(dir, "tmp"), { recursive: true });
      const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((name) => `${name}_temp_path ${dir}/tmp/${name};`).join(" ");
      writeFileSync(
        config,
        `daemon off; master_process off; pid ${dir}/nginx.pid; error_log stderr; events {} http { access_log off; ${temp}
         server { listen 127.0.0.1:${port}; location / { return 200 "served by nginx"; } } }`,
      );
      return ["-c", config, "-e", "stderr"];
    },
  },
};

for (const [name, server] of Object.entries(SERVERS)) {
  const skip = existsSync(server.program) ? false : `${name} is not installed`;
  test(`${name} serves a request behind run, in the very process that was started`, { skip }, async () => {
    await inTempDir(async (dir) => {
      const port = await freePort();
      const [program = "", ...words] = sentinelWords();
      const child = spawn(program, [
        ...words,
        "run",
        "--data-dir",
        dir,
        "--",
        server.program,
        ...server.args(port, dir),
      ], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      try {
        const response = await answer(child, `http://127.0.0.1:${port}/`);
        assert.equal(response.status, 200);
        const { stdout } = runProcess("/bin/readlink", [`/proc/${child.pid}/exe`]);
        assert.equal(stdout.trim(), server.program);
      } finally {
        child.kill("SIGTERM");
        if (child.exitCode === null && child.signalCode === null) await once(child, "close");
      }
    });
  });
}

/** The first answer of a server that is starting; fails when its process ends first. */
async function answer(child: ChildProcess, url: string): Promise<Response> {
  let words = "";
  child.stderr?.on("data", (chunk: Uint8Array) => words += new TextDecoder().decode(chunk));
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const response = await fetch(url);
      await response.text();
      return response;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`the server ended: ${words}`);
}
