/** The directory where everything is made, started, timed and cleaned up. @module */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { endAll, endNow, MARK, processesOf, programOf } from "./processes.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/**
 * How many copies there are of all that is measured as one process: how a file was written decides how large the pieces
 * are that the system keeps of it, which is chance, and that alone makes a start a tenth quicker or slower.
 */
export const LAYOUTS = 3;

/** How long a manager may take to start the service. */
const TIMEOUT_MS = 30_000;

/** A service that runs. */
export interface Started {
  /** From just before the manager's start to the service's first instruction, milliseconds. */
  readonly ms: number;
  /** The service. */
  readonly pid: number;
}

/** A directory for the run, with the tools in it. */
export class Workshop {
  readonly dir: string = mkdtempSync(join(tmpdir(), "boot-sentinel-bench-"));
  /** A program that ends at once, or stays and writes down when it began: see service.c. */
  readonly service: string;
  readonly #stopwatch: string;
  #places = 0;

  /** The compiled boot-sentinel. */
  readonly sentinel: string;

  /** @param sentinel The compiled boot-sentinel. */
  constructor(sentinel: string) {
    this.sentinel = this.copy(sentinel, join(this.dir, "boot-sentinel"));
    this.service = this.#compile("service");
    this.#stopwatch = this.#compile("stopwatch");
  }

  /** A new directory with a copy of the service in it. */
  place(): { place: string; exe: string } {
    const place = join(this.dir, String(++this.#places));
    mkdirSync(place);
    return { place, exe: this.copy(this.service, join(place, "service")) };
  }

  /** Copies a program; `tail` makes it another build. */
  copy(from: string, to: string, tail = ""): string {
    copyFileSync(from, to);
    chmodSync(to, 0o755);
    if (tail !== "") writeFileSync(to, tail, { flag: "a" });
    return to;
  }

  /** Runs a command to its end; returns its standard output. */
  run(words: readonly string[], place = this.dir, code = 0): string {
    const [program = "", ...args] = words;
    const { status, stdout, stderr, error } = spawnSync(program, args, { env: environment(place), encoding: "utf8" });
    if (status === code) return stdout;
    throw new Error(`${words.join(" ")} ended with ${status}: ${error?.message ?? (stderr.trim() || stdout.trim())}`);
  }

  /** How long a command takes from its start to its end, and how much of that on a processor, milliseconds. */
  time(words: readonly string[], place: string, code = 0): { ms: number; cpu: number } {
    const times = join(place, "times");
    this.run([this.#stopwatch, times, ...words], place, code);
    const [began = "", ended = ""] = readFileSync(times, "utf8").split("\n");
    return { ms: milliseconds(began, ended), cpu: milliseconds("0", ended.split(" ")[1] ?? "") };
  }

  /**
   * Runs `words`, which start the service as `service FILE …`, until the service has begun; hands it to `use`, and ends
   * all that the place has started.
   */
  async started<T>(
    words: readonly string[],
    file: string,
    place: string,
    use: (started: Started) => T | Promise<T>,
  ): Promise<T> {
    const times = join(place, "times");
    const said = join(place, "stderr");
    rmSync(file, { force: true });
    const child = spawn("/bin/sh", ["-c", 'exec "$@" 2>"$0"', said, this.#stopwatch, times, ...words], {
      env: environment(place),
      stdio: "ignore",
    });
    let code: number | null | undefined;
    child.on("exit", (ended) => code = ended);
    const pids: number[] = [];
    try {
      const begun = () => contentOf(file) !== "" && contentOf(times) !== "";
      for (const deadline = Date.now() + TIMEOUT_MS; !begun(); await pause(2)) {
        if (Date.now() < deadline && (code === undefined || code === 0)) continue;
        const end = code === undefined ? `has not started the service within ${TIMEOUT_MS / 1000} s` : `ended: ${code}`;
        throw new Error(`${words[0]} ${end}: ${contentOf(said).trim()}`);
      }
      const [began = "", pid = ""] = contentOf(file).split(/\s/);
      pids.push(Number(pid));
      return await use({ ms: milliseconds(contentOf(times), began), pid: Number(pid) });
    } finally {
      await endAll(place, pids);
    }
  }

  /** Whether a process is the benchmark's own stopwatch. */
  isStopwatch(pid: number): boolean {
    return programOf(pid) === this.#stopwatch;
  }

  /** Removes every place, when nothing runs there any more: large programs take much room. */
  clear(): void {
    for (; this.#places > 0; this.#places--) {
      rmSync(join(this.dir, String(this.#places)), { recursive: true, force: true });
    }
  }

  /** Ends whatever still runs and removes the directory. */
  close(): void {
    endNow(processesOf(this.dir));
    // What has just been killed may still be writing.
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  #compile(name: string): string {
    const out = join(this.dir, name);
    try {
      this.run(["cc", "-O2", "-static", join(HERE, `${name}.c`), "-o", out]);
    } catch (error) {
      throw new Error(`The benchmark needs a C compiler (apt-get install gcc libc6-dev): ${(error as Error).message}`);
    }
    return out;
  }
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The environment of everything that is started: nobody's settings, and the mark of its place. */
export function environment(place: string): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !/^BOOT_SENTINEL_|^STATE_DIRECTORY$|^BUN_/.test(name));
  return { ...Object.fromEntries(own) as Record<string, string>, XDG_CONFIG_HOME: place, [MARK]: place };
}

/** Between two readings of a clock, in nanoseconds. */
function milliseconds(began: string, ended: string): number {
  return (Number.parseInt(ended) - Number.parseInt(began)) / 1e6;
}

function contentOf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
