/** A directory with a guarded program, and the commands about it. @module */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { script, scriptName } from "./scripts.ts";
import { type Ended, sentinel } from "./sentinel_process.ts";
import { inTempDir } from "./temp.ts";

export { script };

/** Stays up, as far as a test is concerned. */
export const GOOD: string = script("echo good");
/** Fails at once. */
export const BAD: string = script("exit 1");

/** A directory with a guarded program. */
export interface Site {
  readonly dir: string;
  readonly exe: string;
  readonly dataDir: string;
  /** A file beside the program. */
  file(name: string, content: string): string;
  /** A command about the program. */
  call(...args: string[]): Ended;
  /** The same; anything but exit code 0 is an error. */
  must(...args: string[]): string;
  boot(...options: string[]): Ended;
  /** Boots until the chances of a build are used up, and once more; returns that last one. */
  crashLoop(): Ended;
  status(): ReturnType<typeof JSON.parse>;
}

/** Lays a site out and removes it afterwards. */
export function site(use: (site: Site) => void): void {
  inTempDir((dir) => use(siteAt(dir)));
}

/** A site in a given directory, with the program and its state where they are wanted. */
export function siteAt(dir: string, { exe = join(dir, scriptName("app")), dataDir = dir } = {}): Site {
  mkdirSync(dirname(exe), { recursive: true });
  writeFileSync(exe, GOOD, { mode: 0o755 });
  const about = ["--exe", exe, "--data-dir", dataDir];
  const call = (...args: string[]) => sentinel([...args, ...about]);
  const must = (...args: string[]) => {
    const { code, stdout, stderr } = call(...args);
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  };
  const boot = (...options: string[]) =>
    sentinel(["run", "--data-dir", dataDir, "--confirm", "manual", ...options, "--", exe]);
  return {
    dir,
    exe,
    dataDir,
    file(name, content) {
      writeFileSync(join(dir, name), content, { mode: 0o755 });
      return join(dir, name);
    },
    call,
    must,
    boot,
    crashLoop() {
      for (let attempt = 1; attempt <= 3; attempt++) boot();
      return boot();
    },
    status: () => JSON.parse(must("status", "--json")),
  };
}

/** The content of a file. */
export const text = (path: string): string => readFileSync(path, "utf8");

/** The sha256 of a file. */
export const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** The one JSON object that a command answered with. */
export const json = (ended: Ended): ReturnType<typeof JSON.parse> => JSON.parse(ended.stdout);
