/**
 * The whole story on a real service: good build confirmed, bad build swapped in, crash loop, rollback, refusal.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { freePort } from "../support/free_port.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUN = join(ROOT, "node_modules/bun/bin/bun.exe");
const SENTINEL = join(ROOT, "dist/boot-sentinel");
const began = performance.now();

const colours = !process.env["NO_COLOR"] && (process.stdout.isTTY || process.env["FORCE_COLOR"]);
const paint = (code: number) => (text: string) => colours ? `\x1b[${code}m${text}\x1b[0m` : text;
const [bold, red, green, yellow, grey] = [paint(1), paint(31), paint(32), paint(33), paint(90)];

function say(mark: string, text: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
  console.log(`${grey(`${seconds} s`)}  ${mark} ${text}`);
}

function must(true_: boolean, fact: string): void {
  if (true_) return;
  say(red("✗"), `${fact}: NOT TRUE`);
  process.exit(1);
}

function sh(program: string, ...args: string[]): { code: number; text: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return { code: status ?? 1, text: `${stdout}${stderr}`.trim() };
}

function sentinel(exe: string, ...args: string[]): { code: number; text: string } {
  console.log(grey(`         $ boot-sentinel ${args.join(" ").replaceAll(`${exe}/`, "")} --exe app`));
  const result = sh(SENTINEL, ...args, "--exe", exe);
  for (const line of result.text.split("\n")) console.log(grey(`           ${line}`));
  return result;
}

function compile(dir: string, version: string): string {
  const out = join(dir, version);
  const source = join(ROOT, "tests/demo/service.ts");
  const made = sh(BUN, "build", "--compile", `--define=BUILD="${version}"`, source, "--outfile", out);
  must(made.code === 0, `${version} is compiled (${made.text})`);
  return out;
}

/** What a service manager does: start it, and start it again when it ends. */
class Manager {
  #child: ChildProcess | undefined;
  #stopped = false;
  starts = 0;

  constructor(readonly exe: string, readonly port: number) {}

  start(): void {
    this.#stopped = false;
    this.starts++;
    const child = spawn(SENTINEL, ["run", "--", this.exe, String(this.port)], { stdio: ["ignore", "inherit", "pipe"] });
    this.#child = child;
    child.stderr.on("data", (chunk: Uint8Array) => {
      const lines = new TextDecoder().decode(chunk).split("\n").filter((line) => /^boot-sentinel|error:/i.test(line));
      for (const line of lines) say(yellow("│"), line.includes("Rolled back") ? bold(line) : line);
    });
    child.on("close", (code) => {
      if (this.#stopped) return;
      say(red("✗"), `the service ended with code ${code}; the manager starts it again`);
      this.start();
    });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "close");
  }

  /** Waits until a build answers. */
  async answer(): Promise<string> {
    for (let tries = 0; tries < 400; tries++) {
      try {
        return await (await fetch(`http://127.0.0.1:${this.port}/`)).text();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    return "no answer";
  }
}

async function story(dir: string): Promise<void> {
  say(bold("▸"), bold("Building boot-sentinel and two builds of a small service"));
  must(sh(BUN, join(ROOT, "build.ts"), "--target", "linux-x64").code === 0, "boot-sentinel is built");
  const good = compile(dir, "1.0.0-good");
  const bad = compile(dir, "2.0.0-bad");
  const exe = join(dir, "app");
  renameSync(good, exe);
  const manager = new Manager(exe, await freePort());
  try {
    say(bold("▸"), bold("The service runs behind the gate: boot-sentinel run -- app PORT"));
    manager.start();
    let body = await manager.answer();
    must(body.startsWith("1.0.0-good"), "1.0.0 answers");
    must(body.endsWith(`pid ${manager.pid}`), "the service has the pid that the manager started");
    say(green("✓"), `it answers “${body}”: the very process that the manager started`);
    must(sentinel(exe, "confirm", "--app-version", "1.0.0-good").code === 0, "1.0.0 is confirmed");

    say(bold("▸"), bold("An update arrives that crashes at start"));
    must(sentinel(exe, "swap", bad, "--to", "2.0.0-bad").code === 0, "2.0.0 is swapped in");
    await manager.stop();
    manager.starts = 0;
    manager.start();
    body = await manager.answer();
    must(body.startsWith("1.0.0-good"), "1.0.0 answers again");
    must(manager.starts === 4, "three boots failed and the fourth restored");
    say(green("✓"), `it answers “${body}” after ${manager.starts} starts, and nobody lifted a finger`);

    say(bold("▸"), bold("The updater tries the same build again"));
    must(sentinel(exe, "swap", bad, "--to", "2.0.0-bad").code === 1, "2.0.0 is refused");
    must((await manager.answer()).startsWith("1.0.0-good"), "1.0.0 still answers");
    say(green("✓"), "refused; the good build still answers");
  } finally {
    await manager.stop();
  }
  timeline(join(dir, ".boot-history.jsonl"));
}

function timeline(path: string): void {
  console.log(`\n${bold("Timeline")}`);
  const marks: Record<string, (text: string) => string> = {
    confirmed: green,
    "rolled-back": green,
    attempt: yellow,
    refused: red,
  };
  for (const line of readFileSync(path, "utf8").trim().split("\n")) {
    const { time, event, version = "", attempts, maxAttempts, other } = JSON.parse(line);
    const detail = event === "attempt" ? `${attempts} of ${maxAttempts}` : event === "rolled-back" ? `to ${other}` : "";
    console.log(`  ${grey(time.slice(11, 23))}  ${(marks[event] ?? bold)(event.padEnd(12))} ${version} ${detail}`);
  }
}

const dir = mkdtempSync(join(tmpdir(), "boot-sentinel-demo-"));
try {
  await story(dir);
  console.log(`\n${green("✓")} The whole story took ${((performance.now() - began) / 1000).toFixed(1)} s.`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
