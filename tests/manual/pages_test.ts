/** The pages of the manual: their titles, links and sizes, and that help and messages name them. @module */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { allCommands } from "../../src/cli/commands.ts";
import { commandHelp, programHelp } from "../../src/cli/output/help.ts";
import { manPage } from "../../src/cli/output/man.ts";
import { namedPage, type Page, pageAbout, pageOn, PAGES } from "../../src/cli/output/pages.ts";
import { blocksOf, pages, prose } from "../support/readme.ts";
import { sentinel } from "../support/sentinel_process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LANGUAGES_THAT_RUN = ["sh", "bat", "ts"];

/** The anchors that GitHub gives the headings of a page. */
function anchors(text: string): string[] {
  return [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}

test("the README is the first five minutes: 150 lines at most", () => {
  const lines = pages[0]?.text.trimEnd().split("\n").length ?? 0;
  assert.ok(lines <= 150, `${lines} lines`);
});

test("every link between pages leads to a file, and to a heading of it", () => {
  let links = 0;
  const all = ["CONTRIBUTING.md", "CHANGELOG.md"].map((path) => ({
    path,
    text: readFileSync(`${ROOT}${path}`, "utf8"),
  }));
  for (const { path, text } of [...pages, ...all]) {
    for (const [, target = "", anchor] of prose(text).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const file = target === "" ? path : posix.join(posix.dirname(path), target);
      assert.ok(existsSync(`${ROOT}${file}`), `${path}: ${target}`);
      if (anchor === undefined) continue;
      assert.ok(anchors(readFileSync(`${ROOT}${file}`, "utf8")).includes(anchor), `${path}: ${target}#${anchor}`);
      links++;
    }
  }
  assert.ok(links > 10);
});

test("the README links to every page", () => {
  for (const { path } of pages.slice(1)) assert.ok(pages[0]?.text.includes(`](${path})`), path);
});

test("every page has commands or examples that a test runs", () => {
  for (const { path } of pages) {
    assert.ok(LANGUAGES_THAT_RUN.some((language) => blocksOf(language).some(({ page }) => page === path)), path);
  }
});

test("the program names each page by its title", () => {
  const titles = pages.slice(1).map(({ path, text }) => [path, /^# (.*)\n/.exec(text)?.[1]]);
  assert.deepEqual(Object.entries(PAGES).sort(), titles.sort());
});

test("the help of each command ends with its page, and the manual page lists them all", async () => {
  assert.ok((await programHelp()).endsWith(`\nManual: ${namedPage("docs/commands.md")}\n`));
  for (const [name, command] of await allCommands()) {
    const page = command.page ?? "docs/commands.md";
    assert.ok(commandHelp(name, command, "linux").endsWith(`\nManual: ${namedPage(page)}\n`), name);
  }
  const roff = (await manPage()).replaceAll("\\-", "-");
  for (const [page, title] of Object.entries(PAGES)) assert.ok(roff.includes(`.I ${page}\n${title}\n`), page);
});

test("on Windows the page about a service is the one for Windows", () => {
  assert.deepEqual(["linux", "windows"].map((os) => pageOn(os, "docs/systemd.md")), [
    "docs/systemd.md",
    "docs/windows.md",
  ]);
  assert.equal(pageOn("windows", "docs/deploy.md"), "docs/deploy.md");
});

test("findings and errors name the page about them", () => {
  const about: Record<string, Page> = {
    "guards-interpreter": "docs/which-way.md",
    "not-protected-yet": "docs/boot.md",
    "cannot-be-put-back": "docs/boot.md",
    "probe-fails": "docs/probes.md",
    "not-gated": "docs/systemd.md",
    "limit-too-low": "docs/limits.md",
  };
  for (const [code, page] of Object.entries(about)) assert.equal(pageAbout(code), page);
  assert.equal(pageAbout("ok"), undefined);
  const said = (...args: string[]) => sentinel(args).stderr.trimEnd();
  assert.match(said("swap", "--nothing"), /^boot-sentinel: Manual: "Deploying a new build", docs\/deploy\.md$/m);
  assert.match(
    said("status", "--config", "/missing"),
    /^boot-sentinel: Manual: "Options and configuration", docs\/configuration\.md$/m,
  );
});
