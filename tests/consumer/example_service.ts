/** A service that updates itself, and comes back when the update crash-loops. @module */
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import process from "node:process";
import { BootSentinel } from "@boot-sentinel/boot-sentinel";
import { VERSION } from "./version.ts";

const exe = process.execPath; // compiled, as here; a script that starts with #! is process.argv[1]
const dataDir = process.env["APP_STATE"] ?? dirname(exe);
const sentinel = new BootSentinel({ dataDir, exe, version: VERSION });

// First, before anything that can crash. The service manager then starts what was put back.
if (sentinel.checkOnBoot().kind === "rolledBack") process.exit(75);

/** Where the newest release is announced. */
const releases = process.env["APP_RELEASES"] ?? "https://example.com/app/latest.json";

async function update(): Promise<string> {
  const answer = await fetch(releases);
  const { version, url, sha256 } = await answer.json() as { version: string; url: string; sha256: string };
  if (version === VERSION) return `${version} is the newest`;
  if (sentinel.isQuarantined(version, { digest: sha256 })) return `${version} is quarantined`;
  const file = join(dataDir, "update");
  writeFileSync(file, new Uint8Array(await (await fetch(url)).arrayBuffer()));
  sentinel.swap(file, version, { sha256 });
  rmSync(file);
  return `updated to ${version}`;
}

const server = createServer(async (request, response) => {
  if (request.url !== "/update") return void response.end(VERSION);
  const answer = await update().catch(String);
  // The service manager starts the new build.
  response.end(answer, () => answer.startsWith("updated") && process.exit(0));
});

server.listen(Number(process.env["APP_PORT"] ?? 8080), "127.0.0.1", () => {
  sentinel.confirmHealthy(); // it answers: from now on this build is the last good one
  console.log(`${VERSION} listens`);
});
