/** The packages of a release: their files, owners, modes and digests, made of a small program. @module */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { ROOT, writeSums } from "../../build.ts";
import { archiveName, makeArchive } from "../../build/archive.ts";
import { debName, makeDeb } from "../../build/deb.ts";
import { libcVersion } from "../../build/libc_version.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { makeTempDir, removeTree } from "../support/temp_dir.ts";

const PACKAGES = { "dpkg-deb": "dpkg", objdump: "binutils", zip: "zip", tar: "tar", sha256sum: "coreutils" };

/** Why a test cannot run: a tool that makes or reads packages is missing. */
const missing = (...tools: (keyof typeof PACKAGES)[]) => {
  const tool = tools.find((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  return tool === undefined ? false : `${tool} is missing: apt-get install ${PACKAGES[tool]}`;
};

/** A program that needs the C library and nothing else. */
const program = realpathSync("/bin/sh");
const source = { version: "1.2.3-rc.1", program, root: ROOT, seconds: 1_700_000_000 };
const deb = { ...source, architecture: "amd64", compression: ["-Zgzip", "-z1"] };
const linux = { ...source, target: "linux-x64", level: 1 };
const windows = { ...source, target: "windows-x64", level: 1 };
const commands = Object.keys(COMMANDS).filter((name) => name !== "detach");

function said(tool: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: "utf8", env: { ...process.env, TZ: "UTC" } });
  assert.equal(status, 0, `${tool}: ${stderr}`);
  return stdout;
}

async function inDir(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = makeTempDir("packages");
  try {
    await run(dir);
  } finally {
    removeTree(dir);
  }
}

const emptyFolder = (dir: string) => mkdtempSync(join(dir, "work-"));

/** The lines of a listing, as "mode owner time path", without folders. */
const filesIn = (listing: string) =>
  listing.split("\n").filter((line) => line.startsWith("-")).map((line) => line.split(/\s+/)).map((
    [mode, owner, , day, time, path = ""],
  ) => [mode, owner, `${day} ${time}`, path.replace(/^\.\//, "")]);

const TIME = "2023-11-14 22:13";

test(
  "the .deb has its files where Debian looks for them, owned by root",
  { skip: missing("dpkg-deb") },
  () =>
    inDir(async (dir) => {
      const file = join(dir, debName(deb));
      await makeDeb(deb, file, emptyFolder(dir));
      const pages = ["boot-sentinel", ...commands.map((name) => `boot-sentinel-${name}`)];
      const plain = [
        "share/bash-completion/completions/boot-sentinel",
        "share/doc/boot-sentinel/changelog.gz",
        "share/doc/boot-sentinel/copyright",
        "share/fish/vendor_completions.d/boot-sentinel.fish",
        "share/lintian/overrides/boot-sentinel",
        ...pages.map((name) => `share/man/man1/${name}.1.gz`),
        "share/zsh/vendor-completions/_boot-sentinel",
      ];
      const expected = [
        ["-rwxr-xr-x", "root/root", TIME, "usr/bin/boot-sentinel"],
        ...plain.map((path) => ["-rw-r--r--", "root/root", TIME, `usr/${path}`]),
      ];
      const byPath = (rows: (string | undefined)[][]) => rows.map((row) => row.join(" ")).sort();
      assert.deepEqual(byPath(filesIn(said("dpkg-deb", "--contents", file))), byPath(expected));
    }),
);

test(
  "the .deb names its version, needs and scripts, and has no configuration file",
  { skip: missing("dpkg-deb") },
  () =>
    inDir(async (dir) => {
      const file = join(dir, debName(deb));
      assert.match(file, /\/boot-sentinel_1\.2\.3~rc\.1_amd64\.deb$/);
      await makeDeb(deb, file, emptyFolder(dir));
      assert.equal(said("dpkg-deb", "--field", file, "Version"), "1.2.3~rc.1\n");
      assert.equal(said("dpkg-deb", "--field", file, "Architecture"), "amd64\n");
      assert.equal(said("dpkg-deb", "--field", file, "Depends"), `libc6 (>= ${libcVersion(program)})\n`);
      const control = join(dir, "control");
      said("dpkg-deb", "--control", file, control);
      assert.deepEqual(said("ls", control).trim().split("\n"), ["control", "postrm", "prerm"]);
      for (const script of ["postrm", "prerm"]) {
        assert.doesNotMatch(readFileSync(join(control, script), "utf8"), /systemctl|debconf|\bread\b/);
        said("/bin/sh", "-n", join(control, script));
      }
    }),
);

test(
  "the needed version of the C library is the highest that objdump sees",
  { skip: missing("dpkg-deb", "objdump") },
  () => {
    const versions = [...said("objdump", "-p", program).matchAll(/\bGLIBC_(\d+)\.(\d+)\b/g)];
    const [, major, minor] =
      versions.toSorted((a, b) => Number(b[1]) - Number(a[1]) || Number(b[2]) - Number(a[2]))[0] ??
        [];
    assert.equal(libcVersion(program), `${major}.${minor}`);
  },
);

test("what is no executable of Linux is refused", () => {
  assert.throws(() => libcVersion(join(ROOT, "LICENSE")), /LICENSE is no 64-bit little-endian ELF file/);
});

const inArchive = (exe: string) => [
  exe,
  "LICENSE",
  "README.md",
  "docs/systemd.md",
  "man/man1/boot-sentinel.1",
  ...commands.map((name) => `man/man1/boot-sentinel-${name}.1`),
  ...["boot-sentinel.bash", "_boot-sentinel", "boot-sentinel.fish", "boot-sentinel.ps1"].map((name) =>
    `completions/${name}`
  ),
];

test(
  "the .tar.gz has license, manual and completions beside the executable",
  { skip: missing("tar") },
  () =>
    inDir(async (dir) => {
      const file = join(dir, archiveName(linux));
      await makeArchive(linux, file, emptyFolder(dir));
      assert.match(file, /\/boot-sentinel-1\.2\.3-rc\.1-linux-x64\.tar\.gz$/);
      const files = filesIn(said("tar", "-tzvf", file));
      const folder = "boot-sentinel-1.2.3-rc.1-linux-x64";
      for (const path of inArchive("boot-sentinel")) {
        const mode = path === "boot-sentinel" ? "-rwxr-xr-x" : "-rw-r--r--";
        assert.deepEqual(files.find(([, , , name]) => name === `${folder}/${path}`), [
          mode,
          "0/0",
          TIME,
          `${folder}/${path}`,
        ]);
      }
    }),
);

test(
  "the .zip has license, manual and completions beside the executable",
  { skip: missing("zip") },
  () =>
    inDir(async (dir) => {
      const file = join(dir, archiveName(windows));
      await makeArchive(windows, file, emptyFolder(dir));
      assert.match(file, /\/boot-sentinel-1\.2\.3-rc\.1-windows-x64\.zip$/);
      const files = said("zip", "-sf", file).split("\n").map((line) => line.trim());
      for (const path of inArchive("boot-sentinel.exe")) {
        assert.ok(files.includes(`boot-sentinel-1.2.3-rc.1-windows-x64/${path}`), path);
      }
    }),
);

test(
  "the same sources make the same packages, byte by byte",
  { skip: missing("dpkg-deb", "tar", "zip") },
  () =>
    inDir(async (dir) => {
      const make = async (name: string): Promise<string[]> => {
        const out = join(dir, name);
        mkdirSync(out);
        const files = [join(out, "a.deb"), join(out, "a.tar.gz"), join(out, "a.zip")];
        await makeDeb(deb, files[0] ?? "", emptyFolder(dir));
        await makeArchive(linux, files[1] ?? "", emptyFolder(dir));
        await makeArchive(windows, files[2] ?? "", emptyFolder(dir));
        return files.map((file) => readFileSync(file, "base64"));
      };
      const first = await make("first");
      const before = { umask: process.umask(0o077), zone: process.env["TZ"] };
      process.env["TZ"] = "ZONE-9";
      try {
        assert.deepEqual(await make("second"), first);
      } finally {
        process.umask(before.umask);
        if (before.zone === undefined) delete process.env["TZ"];
        else process.env["TZ"] = before.zone;
      }
    }),
);

test(
  "SHA256SUMS has the digest of every file of a release, and of no other",
  { skip: missing("sha256sum") },
  () =>
    inDir((dir) => {
      const files = ["boot-sentinel", "boot-sentinel-1-linux-x64.tar.gz", "boot-sentinel_1_amd64.deb"];
      for (const file of [...files, "npm.tsconfig.json"]) writeFileSync(join(dir, file), file);
      writeSums(dir);
      const checked = spawnSync("sha256sum", ["--check", "SHA256SUMS"], { cwd: dir, encoding: "utf8" });
      assert.deepEqual([checked.status, checked.stdout], [0, files.map((file) => `${file}: OK\n`).join("")]);
      return Promise.resolve();
    }),
);
