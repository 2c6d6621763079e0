/** The Debian package. @module */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { commandManPages, manPage } from "../src/cli/output/man.ts";
import { TAGLINE } from "../src/cli/output/help.ts";
import { table } from "../src/cli/output/table.ts";
import { completionScripts } from "./completion_scripts.ts";
import { libcVersion } from "./libc_version.ts";
import { runTool } from "./run_tool.ts";
import { type Content, type Files, stage } from "./stage.ts";

/** What a Debian package is made of. */
export interface DebSource {
  readonly version: string;
  /** Such as `amd64`. */
  readonly architecture: string;
  /** The path of the executable. */
  readonly program: string;
  /** The project's folder. */
  readonly root: string;
  /** The time of all files, in seconds since 1970. */
  readonly seconds: number;
  /** How its contents are compressed: `dpkg-deb`'s options. */
  readonly compression: readonly string[];
}

/** Debian's name of a target's processor, for the targets of which there is a Debian package. */
export const ARCHITECTURES: Readonly<Record<string, string>> = { "linux-x64": "amd64", "linux-arm64": "arm64" };

/** The name of the package's file. */
export function debName({ version, architecture }: Pick<DebSource, "version" | "architecture">): string {
  return `boot-sentinel_${debVersion(version)}_${architecture}.deb`;
}

/** Debian sorts what follows a tilde before the release, as npm does with what follows a hyphen. */
function debVersion(version: string): string {
  return version.replace("-", "~");
}

const PROGRAM = "usr/bin/boot-sentinel";
const DOC = "usr/share/doc/boot-sentinel";

/** The files that the package installs. */
export async function debFiles({ version, program, root, seconds }: DebSource): Promise<Files> {
  const scripts = await completionScripts();
  const pages: [string, string][] = [["boot-sentinel", await manPage()], ...await commandManPages()];
  return {
    [PROGRAM]: { copyOf: program },
    ...Object.fromEntries(pages.map(([name, page]) => [`usr/share/man/man1/${name}.1.gz`, gzip(page)])),
    "usr/share/bash-completion/completions/boot-sentinel": scripts.bash,
    "usr/share/zsh/vendor-completions/_boot-sentinel": scripts.zsh,
    "usr/share/fish/vendor_completions.d/boot-sentinel.fish": scripts.fish,
    [`${DOC}/copyright`]: copyright(readFileSync(join(root, "LICENSE"), "utf8")),
    [`${DOC}/changelog.gz`]: gzip(changelog(version, root, seconds)),
    "usr/share/lintian/overrides/boot-sentinel": OVERRIDES,
  };
}

/** Writes the package to `file`; `work` is an empty folder. */
export async function makeDeb(source: DebSource, file: string, work: string): Promise<void> {
  const files = await debFiles(source);
  const control = { "DEBIAN/control": controlFile(source, files), "DEBIAN/prerm": PRERM, "DEBIAN/postrm": POSTRM };
  const isExecutable = (path: string) => path === PROGRAM || /^DEBIAN\/p/.test(path);
  stage(work, { ...files, ...control }, isExecutable, source.seconds);
  await runTool("dpkg-deb", ["--root-owner-group", ...source.compression, "--build", work, file], {
    env: { SOURCE_DATE_EPOCH: `${source.seconds}` },
  });
}

function controlFile({ version, architecture, program, root }: DebSource, files: Files): string {
  const kilobytes = Object.values(files).map((content) => Math.ceil(sizeOf(content) / 1024));
  return `Package: boot-sentinel
Version: ${debVersion(version)}
Architecture: ${architecture}
Maintainer: ${maintainer(root)}
Installed-Size: ${kilobytes.reduce((sum, each) => sum + each, 0)}
Depends: libc6 (>= ${libcVersion(program)})
Section: admin
Priority: optional
Description: ${TAGLINE}
 boot-sentinel counts each start of a service's program that was just
 updated. A build that crash-loops, hangs or never becomes healthy is put
 back to the last good one and quarantined, and the service is started.
 .
 It stands beside systemd units, which stay as they are:
 "boot-sentinel service install --drop-in UNIT" guards one.
`;
}

function sizeOf(content: Content): number {
  if (typeof content === "string") return new TextEncoder().encode(content).length;
  return "copyOf" in content ? statSync(content.copyOf).size : content.length;
}

function maintainer(root: string): string {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).author;
}

function gzip(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}

/** The top section of CHANGELOG.md, in Debian's form. */
function changelog(version: string, root: string, seconds: number): string {
  const [, top = ""] = readFileSync(join(root, "CHANGELOG.md"), "utf8").split(/^## .*$/m);
  const changes = top.split(/^- /m).slice(1).map((change) => ["  *", change.trim().replaceAll(/\s+/g, " ")]);
  const date = new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
  return `boot-sentinel (${debVersion(version)}) unstable; urgency=medium\n\n${table(changes, 80)}\n` +
    ` -- ${maintainer(root)}  ${date}\n`;
}

function copyright(license: string): string {
  const [, holder = "", ...terms] = license.trim().split("\n\n");
  const text = terms.join("\n\n").replaceAll(/^/gm, " ").replaceAll(/^ $/gm, " .");
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: boot-sentinel

Files: *
Copyright: ${holder.replace(/^Copyright \(c\) /, "")}
 2025 Colin McDonnell (zod, in the executable)
 2018-2026 the Deno authors (the standard library, in the executable)
License: Expat
Comment: The executable has the runtime Bun inside, with libraries of its own:
 https://bun.sh/docs/project/license names their licenses.

License: Expat
${text}
`;
}

/** What lintian finds and cannot be changed here. */
const OVERRIDES = `# The runtime inside is Bun's own executable: linked there, with its libraries.
boot-sentinel: embedded-library * [usr/bin/boot-sentinel]
boot-sentinel: hardening-no-pie [usr/bin/boot-sentinel]
boot-sentinel: hardening-no-relro [usr/bin/boot-sentinel]
`;

/** A unit names the executable with a leading "-": its service goes on without it. That is said, and nothing asked. */
const PRERM = `#!/bin/sh
set -e
if [ "$1" = remove ]; then
  guarded=
  for config in /etc/boot-sentinel/*.json; do
    [ -e "$config" ] || continue
    name=\${config##*/}
    guarded="$guarded \${name%.json}"
  done
  if [ -n "$guarded" ]; then
    echo "No longer guarded:$guarded. Their units stay as they are, and the services go on without the gate."
    echo "To take it out of the units: install the package again, then boot-sentinel service uninstall NAME."
  fi
fi
`;

/** The settings go. The state stays: it says what the builds are that are kept beside the services' programs. */
const POSTRM = `#!/bin/sh
set -e
if [ "$1" = purge ]; then
  rm -rf /etc/boot-sentinel
fi
`;
