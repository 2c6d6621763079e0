/** The `.tar.gz` of a Linux target and the `.zip` of a Windows target. @module */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { commandManPages, manPage } from "../src/cli/output/man.ts";
import { completionScripts } from "./completion_scripts.ts";
import { runTool } from "./run_tool.ts";
import { type Content, type Files, stage } from "./stage.ts";

/** What an archive is made of. */
export interface ArchiveSource {
  readonly version: string;
  /** Such as `linux-x64`. */
  readonly target: string;
  /** The path of the executable. */
  readonly program: string;
  /** The project's folder, which has the license and the manual. */
  readonly root: string;
  /** The time of all files, in seconds since 1970. */
  readonly seconds: number;
  /** From 1, quick, to 9, small. */
  readonly level: number;
}

const isWindows = (target: string) => target.startsWith("windows");

/** The name of the archive. */
export function archiveName({ version, target }: Pick<ArchiveSource, "version" | "target">): string {
  return `${folderName({ version, target })}.${isWindows(target) ? "zip" : "tar.gz"}`;
}

function folderName({ version, target }: Pick<ArchiveSource, "version" | "target">): string {
  return `boot-sentinel-${version}-${target}`;
}

/** The files of the archive, below the one folder that it unpacks to. */
export async function archiveFiles({ target, program, root }: ArchiveSource): Promise<Files> {
  const copies = (paths: readonly string[]): [string, Content][] =>
    paths.map((path) => [path, { copyOf: join(root, path) }]);
  const manual = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  const scripts = await completionScripts();
  const pages: [string, string][] = [["boot-sentinel", await manPage()], ...await commandManPages()];
  return {
    [isWindows(target) ? "boot-sentinel.exe" : "boot-sentinel"]: { copyOf: program },
    ...Object.fromEntries(copies(["LICENSE", "README.md", "CHANGELOG.md", ...manual])),
    ...Object.fromEntries(pages.map(([name, page]) => [`man/man1/${name}.1`, page])),
    "completions/boot-sentinel.bash": scripts.bash,
    "completions/_boot-sentinel": scripts.zsh,
    "completions/boot-sentinel.fish": scripts.fish,
    "completions/boot-sentinel.ps1": scripts.powershell,
  };
}

/** Writes the archive to `file`; `work` is an empty folder. */
export async function makeArchive(source: ArchiveSource, file: string, work: string): Promise<void> {
  const folder = folderName(source);
  const files = await archiveFiles(source);
  stage(join(work, folder), files, (path) => /^boot-sentinel(\.exe)?$/.test(path), source.seconds);
  rmSync(file, { force: true }); // zip would add to it
  if (isWindows(source.target)) {
    const names = Object.keys(files).sort().map((path) => `${folder}/${path}\n`).join("");
    // -X: no owners; -D: no entries for folders. The times of a .zip are local ones.
    await runTool("zip", [`-${source.level}`, "-qXD", "-@", file], { cwd: work, env: { TZ: "UTC" }, stdin: names });
    return;
  }
  const same = ["--sort=name", "--format=ustar", "--owner=0", "--group=0", "--numeric-owner"];
  await runTool("tar", [...same, `--use-compress-program=gzip -${source.level}n`, "-cf", file, folder], { cwd: work });
}
