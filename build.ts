/**
 * Builds the native executables, the manual page and the configuration schema into `dist/`. Runs under Bun and Deno:
 *
 *     bun build.ts                            linux-x64 and windows-x64
 *     bun build.ts --target linux-arm64       one target; several: --target T --target T
 *     deno run -A build.ts --runtime deno     with `deno compile`
 *     bun build.ts --npm                      the library for npm (JavaScript and declarations) into `dist/npm`
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import {
  closeSync,
  cpSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "@std/cli/parse_args.js";
import { configSchema } from "./src/cli/options/config_schema.ts";
import { EXIT } from "./src/core/exit_codes.ts";
import { manPage } from "./src/cli/output/man.ts";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL(".", import.meta.url));
/** Where everything that is built goes. */
export const DIST = join(ROOT, "dist");
const ENTRY = join(ROOT, "src/cli/entry.ts");

/** EX_UNAVAILABLE of sysexits.h: something that the build needs is missing. */
const EX_UNAVAILABLE = 69;

/** The options by which Bun compiles a release. */
const BUN_FLAGS: readonly string[] = [
  ...["--compile", "--minify", "--bytecode"],
  // Dynamic imports stay separate chunks, so that a command loads only the code that it needs.
  ...["--splitting", "--format=esm"],
  // The executable must not read the .env or bunfig.toml of the service beside which it is installed.
  ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
  // A start takes a few milliseconds: just-in-time compilation would take longer than it saves.
  "--compile-jit-policy=1000",
  // With any argument for itself, the runtime starts in a working directory that was removed, too.
  "--compile-exec-argv=--no-deprecation",
];

/** What an executable is compiled for. */
export interface Target {
  /** The executable's name in `dist/`. */
  readonly file: string;
  /** Deno's name of the target; `undefined` if Deno has no runtime for it. */
  readonly deno?: string;
}

/** All targets. */
export const TARGETS: Record<string, Target> = {
  "linux-x64": { file: "boot-sentinel", deno: "x86_64-unknown-linux-gnu" },
  "windows-x64": { file: "boot-sentinel.exe", deno: "x86_64-pc-windows-msvc" },
  // The runtime for processors without AVX2. Since Bun 1.4 that of linux-x64 is the same.
  "linux-x64-baseline": { file: "boot-sentinel-linux-x64-baseline" },
  "linux-arm64": { file: "boot-sentinel-linux-arm64", deno: "aarch64-unknown-linux-gnu" },
  "linux-x64-musl": { file: "boot-sentinel-linux-x64-musl" },
  "linux-arm64-musl": { file: "boot-sentinel-linux-arm64-musl" },
  "windows-arm64": { file: "boot-sentinel-windows-arm64.exe", deno: "aarch64-pc-windows-msvc" },
};

/** The targets of a build that names none. */
export const USUAL_TARGETS: readonly string[] = ["linux-x64", "windows-x64"];

/** Builds what the arguments name; returns the exit code. */
export async function build(args: readonly string[]): Promise<number> {
  const { target, runtime = "bun", npm } = parseArgs([...args], {
    string: ["_", "target", "runtime"],
    boolean: ["npm"],
    collect: ["target"],
  }) as unknown as { target: string[]; runtime?: string; npm?: boolean };
  if (npm === true) return npmPackage();
  const names = target.length === 0 ? USUAL_TARGETS : target;
  const unknown = names.find((name) => TARGETS[name] === undefined);
  if (unknown !== undefined || !["bun", "deno"].includes(runtime)) {
    console.error(
      `Cannot build ${unknown ?? runtime}: targets are ${Object.keys(TARGETS).join(", ")}; runtimes bun, deno`,
    );
    return EXIT.usage;
  }
  mkdirSync(DIST, { recursive: true });
  for (const name of names) {
    const code = runtime === "deno" ? denoCompile(name) : bunCompile(name);
    if (code !== 0) return code;
  }
  writeFileSync(join(DIST, "boot-sentinel.1"), await manPage());
  writeFileSync(join(DIST, "boot-sentinel.schema.json"), `${JSON.stringify(configSchema(), null, 2)}\n`);
  writeSums();
  return 0;
}

function bunCompile(name: string): number {
  const file = join(DIST, TARGETS[name]?.file ?? name);
  const facts = { BOOT_SENTINEL_COMMIT: commit(), BOOT_SENTINEL_TARGET: name };
  const defines = Object.entries(facts).map(([key, value]) => `--define=${key}=${JSON.stringify(value)}`);
  const { code, text } = compileWithBun(file, [...defines, `--target=bun-${name}`]);
  return report(name, code, text);
}

/** Compiles the program to `file` with the options of a release; returns Bun's output and exit code. */
export function compileWithBun(file: string, options: readonly string[] = []): { code: number; text: string } {
  const built = bun(["build", ...BUN_FLAGS, ...options, ENTRY, "--outfile", file]);
  if (built.code === 0) removeSections(file);
  return built;
}

/**
 * Removes the section headers of a Linux executable. `strip` writes a file anew from its sections, and Bun's pointer to
 * the program lies in `.bss`, of which a section has no content: what is left is a plain JavaScript runtime. Without
 * section headers `strip` refuses the file or changes nothing in it; the system starts it by its segments.
 */
function removeSections(file: string): void {
  const fd = openSync(file, "r+");
  try {
    const header = Buffer.alloc(64);
    readSync(fd, header, 0, header.length, 0);
    if (header.toString("latin1", 0, 4) !== "\x7fELF") return;
    const segments = Buffer.alloc(header.readUInt16LE(0x36) * header.readUInt16LE(0x38));
    readSync(fd, segments, 0, segments.length, Number(header.readBigUInt64LE(0x20)));
    let end = 0;
    for (let at = 0; at < segments.length; at += header.readUInt16LE(0x36)) {
      end = Math.max(end, Number(segments.readBigUInt64LE(at + 0x08) + segments.readBigUInt64LE(at + 0x20)));
    }
    header.writeBigUInt64LE(0n, 0x28); // e_shoff
    header.fill(0, 0x3a); // e_shentsize, e_shnum, e_shstrndx
    writeSync(fd, header, 0, header.length, 0);
    ftruncateSync(fd, end); // behind the last segment there are only sections, which nothing loads
  } finally {
    closeSync(fd);
  }
}

function bun(args: string[]): { code: number; text: string } {
  return tool(join(ROOT, "node_modules/bun/bin/bun.exe"), args);
}

function denoCompile(name: string): number {
  const target = TARGETS[name]?.deno;
  if (target === undefined) {
    console.error(`Cannot build ${name} with Deno: Deno has no runtime for this target; omit --runtime`);
    return EX_UNAVAILABLE;
  }
  const runtime = process.env["DENORT_BIN"];
  if (runtime !== undefined && !existsSync(runtime)) {
    console.error(
      `Cannot build ${name} with Deno: DENORT_BIN is ${runtime}, which does not exist; set it to the path of denort`,
    );
    return EX_UNAVAILABLE;
  }
  const file = join(DIST, `deno-${TARGETS[name]?.file}`);
  const args = ["compile", "--allow-all", "--no-check", "--target", target, "--output", file, ENTRY];
  const { code, text } = tool(join(ROOT, "node_modules/.bin/deno"), args);
  if (code === 0 || !text.includes("denort")) return report(name, code, text);
  console.error(
    "Cannot build with Deno: its runtime denort could not be downloaded; set DENORT_BIN to the path of a local one",
  );
  return EX_UNAVAILABLE;
}

/** Builds the library for npm, as JavaScript: Node runs no TypeScript from `node_modules`. */
function npmPackage(): number {
  const out = join(DIST, "npm");
  const { name, version, description, license, type, exports, dependencies } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  );
  const entries = Object.entries<string>(exports);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const config = join(DIST, "npm.tsconfig.json");
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    target: "es2023",
    rootDir: "..",
    outDir: "npm",
  };
  const files = entries.map(([, file]) => join("..", file));
  writeFileSync(config, JSON.stringify({ extends: "../tsconfig.json", compilerOptions, include: [], files }));
  const { code, text } = tool(join(ROOT, "node_modules/.bin/tsc"), ["-p", config]);
  if (code !== 0) return report("npm", code, text);
  for (const file of readdirSync(out, { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".js") || file.endsWith(".d.ts")) rewriteImports(join(out, file));
  }
  const built = (file: string, ending: string) => file.replace(/\.ts$/, ending);
  const exported = entries.map(([entry, file]) => [
    entry,
    { types: built(file, ".d.ts"), default: built(file, ".js") },
  ]);
  const about = { name, version, description, license, type, engines: { node: ">=22" } };
  const manifest = { ...about, exports: Object.fromEntries(exported), dependencies };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const file of ["README.md", "LICENSE", "docs"]) cpSync(join(ROOT, file), join(out, file), { recursive: true });
  return report("npm", 0, "");
}

/** Replaces the import names of deno.json by those of npm, and in declarations the ending `.ts` by `.js`. */
function rewriteImports(file: string): void {
  const text = readFileSync(file, "utf8");
  const names = text.replace(/(?<=(?:from |import\()")@std\/(?=[^"]+\.js")/g, "deno-std/");
  const rewritten = file.endsWith(".d.ts") ? names.replace(/(?<=(?:from |import\()"\.[^"]*)\.ts(?=")/g, ".js") : names;
  if (rewritten !== text) writeFileSync(file, rewritten);
}

/** The git commit, for `--version --json`. */
function commit(): string {
  const { code, text } = tool("git", ["rev-parse", "--short", "HEAD"]);
  return code === 0 ? text.trim() : "unknown";
}

function tool(program: string, args: string[]): { code: number; text: string } {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8" });
  return { code: status ?? EXIT.internal, text: error?.message ?? `${stdout}${stderr}` };
}

function report(name: string, code: number, text: string): number {
  if (code === 0) console.log(`built ${name}`);
  else console.error(`Cannot build ${name}: ${text}`);
  return code;
}

/** Writes the digests of all files that a release has: those in `dir` that are named after the program. */
export function writeSums(dir = DIST): void {
  const files = readdirSync(dir).filter((file) => /^(deno-)?boot-sentinel/.test(file)).sort();
  const sums = files.map((file) => {
    const digest = createHash("sha256").update(readFileSync(join(dir, file))).digest("hex");
    return `${digest}  ${file}\n`;
  });
  writeFileSync(join(dir, "SHA256SUMS"), sums.join(""));
}

if (import.meta.main) process.exitCode = await build(process.argv.slice(2));
