/** The files of a package, laid out in a folder as they are packed. @module */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A file of a package: its text or bytes, or the path of the file that is copied. */
export type Content = string | Uint8Array | { readonly copyOf: string };

/** The files of a package by their path in it. */
export type Files = Readonly<Record<string, Content>>;

/** Says which files can be executed. */
export type IsExecutable = (path: string) => boolean;

/**
 * Writes the files. Modes and times do not depend on the umask and the clock: the same files make the same package.
 *
 * @param seconds The time of all files, in seconds since 1970.
 */
export function stage(dir: string, files: Files, isExecutable: IsExecutable, seconds: number): void {
  for (const [path, content] of Object.entries(files)) {
    const target = join(dir, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof content === "object" && "copyOf" in content) copyFileSync(content.copyOf, target);
    else writeFileSync(target, content);
    chmodSync(target, isExecutable(path) ? 0o755 : 0o644);
    utimesSync(target, seconds, seconds);
  }
  const folders = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const path of [...folders.map(({ parentPath, name }) => join(parentPath, name)), dir]) {
    chmodSync(path, 0o755);
    utimesSync(path, seconds, seconds);
  }
}
