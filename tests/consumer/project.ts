/** Projects in temporary folders that use the packed package as somebody else's project would. @module */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Builds } from "./story.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
const { name: PACKAGE, version, exports: ENTRIES, dependencies: DEPENDENCIES } = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
);

/** Bun of the development dependencies. */
export const BUN: string = join(ROOT, "node_modules/bun/bin/bun.exe");

/** Runs a tool that has to succeed; what it wrote. */
export function must(cwd: string, program: string, ...args: string[]): string {
  const env = { ...process.env, NO_COLOR: "1" };
  const shell = process.platform === "win32" && program === "npm"; // a batch file there
  const maxBuffer = 1 << 28; // `deno info` tells of each module of each package
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, shell, maxBuffer, encoding: "utf8" });
  const text = error?.message ?? `${stdout}${stderr}`;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${text}`);
  return text;
}

/** The path of a `node` that is new enough: the machine's, else one that is fetched once; else undefined. */
export function newNode(): string | undefined {
  const words = ["-p", "`${parseInt(process.versions.node)} ${process.execPath}`"];
  const [, major, path] = /^(\d+) (.+)/.exec(must(ROOT, "node", ...words)) ?? [];
  if (Number(major) >= 22) return path;
  const cache = join(ROOT, "node_modules/.cache/node22");
  const node = join(cache, "node_modules/node/bin/node");
  try {
    if (!existsSync(node)) {
      must(ROOT, "npm", "install", "--prefix", cache, "--no-save", "--no-audit", "--no-fund", "node@22");
    }
    must(ROOT, node, "--version");
    return node;
  } catch {
    return undefined;
  }
}

/** Lays down what the user wrote. */
function layDown(dir: string): void {
  for (const file of ["example_service.ts", "few_permissions.ts", "uses_library.ts", "version.ts"]) {
    cpSync(join(HERE, file), join(dir, file));
  }
}

/** A project that has installed the tarball for Bun and Node. */
export function npmProject(dir: string): void {
  layDown(dir);
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "app", type: "module", private: true }));
  must(ROOT, BUN, "build.ts", "--npm");
  must(ROOT, "npm", "pack", "--silent", "./dist/npm", "--pack-destination", dir);
  const tarball = join(dir, `${PACKAGE.slice(1).replace("/", "-")}-${version}.tgz`);
  // What it depends on comes from here, as a package and not as a link: no network is needed.
  const others = Object.keys(DEPENDENCIES).map((name) => join(ROOT, "node_modules", name));
  must(dir, "npm", "install", "--no-audit", "--no-fund", "--offline", "--install-links", tarball, ...others);
}

/** Checks the types of a project of npm, the declarations included, under the strictest resolution there is. */
export function checkTypes(dir: string): void {
  const compilerOptions = {
    module: "nodenext",
    target: "es2023",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
  };
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  must(dir, BUN, join(ROOT, "node_modules/typescript/bin/tsc"), "-p", dir);
}

/** A project with the files that JSR would get, by an import map, for `deno`. */
export function denoProject(dir: string, deno: string): void {
  layDown(dir);
  const files = must(ROOT, deno, "publish", "--dry-run", "--allow-dirty", "--no-check").matchAll(/file:\/\/(\S+) \(/g);
  for (const [, file = ""] of files) {
    const target = join(dir, "package", file.slice(ROOT.length));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
  const entries = Object.entries<string>(ENTRIES);
  const own = Object.fromEntries(
    entries.map(([entry, file]) => [PACKAGE + entry.slice(1), `./${join("package", file)}`]),
  );
  // JSR writes the package's own names for others into its files; here the map does.
  const { imports } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
  writeFileSync(
    join(dir, "deno.json"),
    JSON.stringify({ nodeModulesDir: "manual", imports: { ...imports, ...own } }),
  );
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
}

/**
 * The service twice, each made by `compile` from a source to a program: as it is, and as 2.0.0 that crashes at start.
 * A script (`kind`) is not what executes it.
 */
export function buildsOf(
  dir: string,
  kind: "compiled" | "script",
  compile: (source: string, program: string) => void,
): Builds {
  const name = kind === "compiled" && process.platform === "win32" ? "app.exe" : "app";
  const folder = mkdtempSync(join(dir, `${kind}-`));
  const example = readFileSync(join(dir, "example_service.ts"), "utf8");
  const good = kind === "script" ? edited(example, "= process.execPath;", '= process.argv[1] ?? "";') : example;
  const bad = edited(good, "const server = ", 'throw new Error("cannot migrate the database");\n\nconst server = ');
  const build = (version: string, text: string) => {
    const program = join(folder, version, name);
    mkdirSync(dirname(program));
    writeFileSync(join(folder, version, "version.ts"), `export const VERSION: string = "${version}";\n`);
    writeFileSync(join(folder, version, "service.ts"), text);
    compile(join(folder, version, "service.ts"), program);
    return program;
  };
  return { good: build("1.0.0", good), bad: build("2.0.0", bad) };
}

/** The service as one file of JavaScript that starts itself with these words; the package is left to the runtime. */
export function bundle(source: string, program: string, words: string): void {
  must(
    dirname(source),
    BUN,
    "build",
    source,
    "--target=node",
    "--packages=external",
    "--outfile",
    `${program}.js`,
  );
  writeFileSync(program, `#!${words}\n${readFileSync(`${program}.js`, "utf8")}`, { mode: 0o755 });
}

function edited(text: string, from: string, to: string): string {
  if (!text.includes(from)) {
    throw new Error(`The example does not say ${from} any more: tell its test what it says now`);
  }
  return text.replace(from, to);
}
