/** The example service's life under a service manager that starts it again whenever it ends. @module */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { freePort } from "../support/free_port.ts";
import { inTempDir } from "../support/temp.ts";

/** The two builds of the service: the first one works, the second one crashes at start. */
export interface Builds {
  /** Where it is installed: this file is replaced. */
  readonly good: string;
  /** Where the release is kept. */
  readonly bad: string;
}

/** Updates the installed service to the bad build and sees it come back, with the bad build refused from then on. */
export function serviceComesBack({ good: exe, bad }: Builds): Promise<void> {
  return inTempDir(async (state) => {
    const release = await offer(bad, "2.0.0");
    const port = await freePort();
    const env = { APP_STATE: state, APP_RELEASES: release.url, APP_PORT: `${port}` };
    const service = new KeptAlive(exe, env);
    const ask = async (path: string) => await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    try {
      await service.listens();
      assert.equal(await ask("/"), "1.0.0");
      assert.equal(await ask("/update"), "updated to 2.0.0");
      await service.ends();
      await service.listens();
      assert.deepEqual(service.codes, [0, 1, 1, 1, 75], service.output);
      assert.equal(await ask("/"), "1.0.0");
      assert.equal(await ask("/update"), "2.0.0 is quarantined");
      assert.equal(release.downloads(), 1);
    } finally {
      await service.stop();
      release.close();
    }
  });
}

/** A program that is started again whenever it ends, ten times at most. */
class KeptAlive {
  readonly codes: (number | null)[] = [];
  output = "";
  #child: ChildProcess | undefined;
  #end: Promise<void> = Promise.resolve();

  constructor(readonly exe: string, readonly env: Record<string, string>) {}

  /** Starts it until it says that it listens. */
  async listens(): Promise<void> {
    while (this.codes.length < 10) {
      const child = spawn(this.exe, { env: { ...process.env, ...this.env }, stdio: ["ignore", "pipe", "pipe"] });
      this.#child = child;
      this.#end = once(child, "close").then(([code]) => void this.codes.push(code));
      const up = new Promise<true>((resolve) => {
        const take = (chunk: Uint8Array) => {
          this.output += new TextDecoder().decode(chunk);
          if (/listens\r?\n$/.test(this.output)) resolve(true);
        };
        child.stdout.on("data", take);
        child.stderr.on("data", take);
      });
      if (await Promise.race([up, this.#end])) return;
    }
    throw new Error(`The service does not come up: ${this.output}`);
  }

  /** Waits for its end. */
  ends(): Promise<void> {
    return this.#end;
  }

  async stop(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#end;
  }
}

interface Release {
  readonly url: string;
  downloads(): number;
  close(): void;
}

/** Announces a build and serves it, on the loopback interface. */
async function offer(file: string, version: string): Promise<Release> {
  const bytes = readFileSync(file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  let downloads = 0;
  const server = createServer((request, response) => {
    if (request.url !== "/build") return void response.end(JSON.stringify({ version, url: `${base}/build`, sha256 }));
    downloads++;
    response.end(bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `${base}/latest.json`, downloads: () => downloads, close: () => void server.close() };
}
