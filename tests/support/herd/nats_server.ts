/** A real NATS server on the loopback interface. @module */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
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
  const start = async (text = latest) => {
    latest = text;
    const file = join(dir, "server.conf");
    writeFileSync(
      file,
      `listen: "127.0.0.1:${port}"\nserver_name: herd\njetstream { store_dir: "${join(dir, "data")}" }\n${text}`,
    );
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
    async close() {
      process.removeListener("exit", end);
      await kill();
      removeTree(dir);
    },
  };
}

/** Waits until a server takes connections; resolves to its port. */
async function ready(child: ChildProcess): Promise<number> {
  const { stderr } = child;
  if (stderr === null) throw new Error("The server has no log");
  let port = Number.NaN;
  const log: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    log.push(line);
    port = Number(/Listening for client connections on .*:(\d+)/.exec(line)?.[1] ?? port);
    if (line.includes("Server is ready")) {
      // Whoever reads no log blocks its writer.
      stderr.resume();
      return port;
    }
  }
  throw new Error(`nats-server ended:\n${log.join("\n")}`);
}
