/** The host of a Windows service, under wine: its memory beside that of an empty program of the same runtime. @module */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Contestant } from "../interleave.ts";
import { endAll, memoryOf, processesOf, wordsOf } from "../processes.ts";
import { built, BUN } from "../release.ts";
import { missing, toolPath } from "../subjects/subject.ts";
import { environment, pause, type Workshop } from "../workshop.ts";
import type { Suite } from "./suite.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const COMPILER = "x86_64-w64-mingw32-gcc";
/** The one that the Windows tests made. */
const PREFIX = join(process.env["BOOT_SENTINEL_WINE_CACHE"] ?? join(ROOT, "node_modules/.cache/wine"), "prefix");
const TIMEOUT_MS = 60_000;
/** A process at rest has not taken or given back a page for so long. */
const REST_MS = 1000;

/** Names in the tables. */
export const IDLE = "empty Bun program, idle (Windows)";
export const HOST = "boot-sentinel, hosting a service (Windows)";

/** Wine keeps a private copy of every program's image, which Windows does not: only the difference says something. */
export const windowsHost: Suite = {
  name: "windows",
  title: "The Windows host",
  about: "Memory of the process that hosts a service, under wine. Wine holds a private copy of each program's whole " +
    "image, so compare the two rows: the difference is what boot-sentinel adds to the runtime.",
  columns: [
    { key: "rss", title: "memory, RSS", unit: "MiB" },
    { key: "anonymous", title: "of that anonymous", unit: "MiB" },
  ],
  contestants: (workshop) => {
    let release: string | undefined;
    return [
      atRest(workshop, IDLE, (dir) => {
        writeFileSync(join(dir, "idle.ts"), "setInterval(() => {}, 2 ** 30);\n");
        workshop.run([BUN, "build", ...COMPILED, join(dir, "idle.ts"), "--outfile", join(dir, "idle.exe")], dir);
        return ["idle.exe"];
      }),
      atRest(workshop, HOST, (dir) => {
        release ??= built("windows-x64", "boot-sentinel.exe");
        workshop.copy(release, join(dir, "boot-sentinel.exe"));
        const source = join(ROOT, "tests/windows/svc_child.c");
        workshop.run(
          [COMPILER, "-O2", "-municode", "-o", join(dir, "service.exe"), source, "-lws2_32", "-lshell32"],
          dir,
        );
        return ["boot-sentinel.exe", "run", "--", inWindows(dir, "service.exe"), "--heartbeat", inWindows(dir, "up")];
      }, "up"),
    ];
  },
};

const COMPILED = ["--compile", "--minify", "--bytecode", "--target=bun-windows-x64"];

/** Starts the program that `prepare` names, waits until it is at rest, and tells its memory. */
function atRest(
  workshop: Workshop,
  name: string,
  prepare: (dir: string) => readonly string[],
  sign?: string,
): Contestant {
  return {
    name,
    absent: absence(),
    beside: IDLE,
    oneRoundIn: 10,
    warmUp: false,
    async turn() {
      const { place } = workshop.place();
      // Bun cannot list directories on the drive that stands for the whole of Linux.
      const dir = mkdtempSync(join(PREFIX, "drive_c/bench-"));
      try {
        const [program = "", ...args] = prepare(dir);
        const env = { ...environment(place), WINEPREFIX: PREFIX, WINEDEBUG: "-all" };
        spawn(toolPath("wine") ?? "", [inWindows(dir, program), ...args], { env, stdio: "ignore" });
        const { rss, anonymous } = await memoryAtRest(place, program, sign === undefined ? undefined : join(dir, sign));
        return { rss, anonymous };
      } finally {
        await endAll(place);
        rmSync(dir, { recursive: true, force: true });
      }
    },
  };
}

async function memoryAtRest(place: string, program: string, sign: string | undefined) {
  let [last, since] = [0, Date.now()];
  for (const deadline = Date.now() + TIMEOUT_MS; Date.now() < deadline; await pause(100)) {
    const pid = processesOf(place).find((one) => wordsOf(one)[0]?.endsWith(program));
    const memory = memoryOf(pid === undefined ? [] : [pid]);
    if (memory.rss !== last || memory.rss === 0) [last, since] = [memory.rss, Date.now()];
    else if (Date.now() - since > REST_MS && (sign === undefined || existsSync(sign))) return memory;
  }
  throw new Error(`${program} is not at rest after ${TIMEOUT_MS / 1000} s`);
}

function inWindows(dir: string, name: string): string {
  return `C:${dir.slice(join(PREFIX, "drive_c").length).replaceAll("/", "\\")}\\${name}`;
}

/** Why it cannot be measured here, or `undefined`. */
function absence(): string | undefined {
  if (!existsSync(join(PREFIX, ".ready"))) return "no wine prefix: tests/windows/run.sh makes one";
  return missing("wine", "wine") ?? missing(COMPILER, "gcc-mingw-w64-x86-64");
}
