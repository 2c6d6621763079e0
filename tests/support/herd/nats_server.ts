/** A real NATS server on the loopback interface. @module */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { makeTempDir, removeTree } from "../temp_dir.ts";

/** Why a test that needs the server is skipped; `false` where it is installed. */
export const noNatsServer: string | false = spawnSync("nats-server", ["--version"]).status === 0
  ? false
  : "needs nats-server (Debian: apt-get install nats-server)";

/** A server. */
export interface NatsServer {
  /** Its address, the same after a restart. */
  readonly url: string;
  readonly dir: string;
  /** Ends it at once, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again, with another configuration if one is given. */
  start(config?: string): Promise<void>;
  /** Gives it another configuration while it runs, as `systemctl reload` does. */
  reload(config: string): void;
  /** Ends it and removes all of it. */
  close(): Promise<void>;
}

/** Starts a server; `config` is what stands beside the address and JetStream's directory. */
export async function startNatsServer(config: string): Promise<NatsServer> {
  const dir = makeTempDir("boot-sentinel-nats");
  let child: ChildProcess | undefined;
  // The server finds a free port by itself, and keeps it.
  let port = -1;
  let latest = config;
  const file = join(dir, "server.conf");
  const configure = (text: string) => {
    latest = text;
    const data = join(dir, "data");
    writeFileSync(file, `listen: "127.0.0.1:${port}"\nserver_name: herd\njetstream { store_dir: "${data}" }\n${text}`);
  };
  const start = async (text = latest) => {
    configure(text);
    child = spawn("nats-server", ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
    port = await ready(child);
  };
  const kill = async () => {
    const dying = child;
    child = undefined;
    if (dying === undefined) return;
    const gone = once(dying, "exit");
    dying.kill("SIGKILL");
    await gone;
  };
  const end = () => void child?.kill("SIGKILL");
  process.once("exit", end);
  try {
    await start();
  } catch (error) {
    removeTree(dir);
    throw error;
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    dir,
    kill,
    start,
    reload(text) {
      configure(text);
      // Deno takes any signal of `child.kill` for the child's end.
      if (child?.pid !== undefined) process.kill(child.pid, "SIGHUP");
    },
    async close() {
      process.removeListener("exit", end);
      await kill();
      removeTree(dir);
    },
  };
}

/** Waits until a server takes connections; resolves to its port. Its log is read to the end: a full pipe blocks it. */
function ready(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let log = "";
    child.stderr?.on("data", (chunk) => {
      log += chunk;
      const port = /Listening for client connections on .*:(\d+)/.exec(log)?.[1];
      if (port !== undefined && log.includes("Server is ready")) resolve(Number(port));
    });
    child.once("exit", () => reject(new Error(`nats-server ended:\n${log}`)));
  });
}
