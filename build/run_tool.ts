/** Runs the programs that make packages. @module */
import { spawn } from "node:child_process";
import { Buffer } from "node:buffer";
import process from "node:process";

/** How a tool is run. */
export interface ToolOptions {
  readonly cwd?: string;
  /** Variables in addition to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Runs a tool to its end; rejects with what it said when that is not success. */
export function runTool(program: string, args: readonly string[], options: ToolOptions = {}): Promise<void> {
  return new Promise((done, failed) => {
    const { cwd, env, stdin = "" } = options;
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
    child.on("error", (error: Error & { code?: string }) => {
      failed(error.code === "ENOENT" ? new Error(`${program} is not installed; install it (${PACKAGES})`) : error);
    });
    child.on("close", (code) => {
      if (code === 0) done();
      else failed(new Error(`${program} ended with ${code}: ${Buffer.concat(said)}`));
    });
    child.stdin.on("error", () => {}); // the exit code tells why it reads no more
    child.stdin.end(stdin);
  });
}

/** What has the tools on Debian and its kin. */
const PACKAGES = "apt-get install dpkg tar gzip xz-utils zip";
