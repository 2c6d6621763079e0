/** The page to look at: what it says, and how it looks in a real browser. @module */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { historyGraph } from "../../../src/cli/output/page/history_graph.ts";
import type { EventKind, SentinelEvent } from "../../../src/core/state/history.ts";
import { inBrowser, noBrowser } from "../../support/browser.ts";
import { atSite, BAD, type Site } from "../../support/command_line.ts";

/** An update that failed, and one that is on probation. */
async function eventful({ call, file }: Site): Promise<void> {
  await call("confirm", "--app-version", "1.0.0");
  await call("swap", file("bad", BAD), "--to", "2.0.0");
  for (let boot = 1; boot <= 4; boot++) await call("check");
  await call("swap", file("bad", BAD), "--to", "2.0.0");
  await call("swap", file("new", `${BAD}#`), "--to", "<script>alert(1)</script>");
  await call("check");
}

const page = async (site: Site): Promise<string> => {
  const path = join(site.dir, "page.html");
  const { code, stdout } = await site.call("status", "--html", path);
  assert.deepEqual([code, stdout], [0, `Wrote ${path}\n`]);
  return path;
};

test("status --html writes one page for all to read, that fetches nothing and runs nothing", async () => {
  await atSite(async (site) => {
    await eventful(site);
    const path = await page(site);
    assert.equal(statSync(path).mode & 0o777, 0o644);
    const text = readFileSync(path, "utf8");
    assert.match(text, /content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"/);
    assert.doesNotMatch(text, /<script|<link|<img|<iframe|<form|@import|url\(|src=|href="[^#]/);
    assert.match(text, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
    assert.match(text, /2\.0\.0 → 1\.0\.0 · not confirmed in 3 boots/);
    assert.match(text, /<title>machine: 1 service, none needs attention<\/title>/);
  });
});

test("status --html says that it cannot write, and a dry run writes nothing", async () => {
  await atSite(async ({ dir, call }) => {
    const missing = await call("status", "--html", join(dir, "no/page.html"));
    assert.equal(missing.code, 66);
    assert.match(missing.log.join(), /Cannot write .*no\/page\.html: it does not exist/);
    const path = join(dir, "page.html");
    const dry = await call("status", "--html", path, "--dry-run");
    assert.match(dry.stdout, /^dry run: would write .*page\.html/);
    assert.ok(!existsSync(path));
  });
});

test("the graph follows the live build: on trial from the arming, back after the rollback, on trial again", () => {
  const happened = (event: EventKind, version: string, other?: string): SentinelEvent => ({
    time: "2026-11-25T10:00:00.000Z",
    event,
    version,
    ...(other === undefined ? {} : { other }),
  });
  const graph = historyGraph([
    happened("confirmed", "1"),
    happened("armed", "2"),
    happened("attempt", "2"),
    happened("rolled-back", "2", "1"),
    happened("failed", "2"),
    happened("armed", "3"),
    happened("confirmed", "3"),
  ]);
  assert.deepEqual(graph.lanes, ["1", "2", "3"]);
  assert.deepEqual(graph.segments.map(({ from, to, lane, status }) => `${from}-${to} ${lane} ${status}`), [
    "0-1 0 good",
    "1-3 1 trial",
    "3-5 0 good",
    "5-6 2 trial",
    "6-7 2 good",
  ]);
  assert.deepEqual(graph.moves.map(({ step, from, to, back }) => `${step} ${from}>${to} ${back}`), [
    "1 0>1 false",
    "3 1>0 true",
    "5 0>2 false",
  ]);
});

/** The least contrast of a text with what it stands on, over all elements that hold text themselves. */
const LEAST_CONTRAST = `(() => {
  const rgb = (css) => css.match(/[\\d.]+/g).map(Number);
  const light = (css) => {
    const [r, g, b] = rgb(css).map((part) => part / 255).map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if ((rgb(backgroundColor)[3] ?? 1) === 1) return backgroundColor;
    }
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "") && element.tagName !== "title" &&
    !element.classList.contains("count"));
  return Math.min(...texts.map((element) => {
    const style = getComputedStyle(element);
    const [a, b] = [light(element.ownerSVGElement ? style.fill : style.color), light(behind(element))].sort((a, b) => b - a);
    return (a + .05) / (b + .05);
  }));
})()`;

test("a browser shows it at phone and desktop width, light and dark, with nothing cut off", {
  skip: noBrowser,
}, async () => {
  await atSite(async (site) => {
    await eventful(site);
    const path = await page(site);
    await inBrowser(site.dir, async (browser) => {
      await browser.send("Network.enable");
      await browser.send("Log.enable");
      const backgrounds = new Set<string>();
      for (const width of [360, 1280]) {
        for (const scheme of ["light", "dark"]) {
          await browser.show(path, width, scheme);
          const where = `${width} ${scheme}`;
          assert.equal(await browser.evaluate("document.documentElement.scrollWidth"), width, where);
          const scroll = `document.querySelector(".drawing")`;
          const overflows = await browser.evaluate(`${scroll}.scrollWidth > ${scroll}.clientWidth`);
          assert.equal(overflows, width === 360, `${where}: the drawing scrolls by itself on a phone`);
          // The newest mark is in sight.
          const newest = await browser.evaluate(
            `[...document.querySelectorAll(".drawing g")].at(-1).getBoundingClientRect().right`,
          );
          assert.ok(newest > 0 && newest <= width, `${where}: ${newest}`);
          assert.ok(await browser.evaluate(LEAST_CONTRAST) >= 4.5, where);
          backgrounds.add(await browser.evaluate("getComputedStyle(document.body).backgroundColor"));
          const { data } = await browser.send("Page.captureScreenshot", { format: "png" });
          assert.ok(data.length > 10_000, where);
        }
      }
      assert.equal(backgrounds.size, 2);
      const requests = browser.told.filter(({ method }) => method === "Network.requestWillBeSent")
        .map(({ params }) => params.request.url);
      assert.deepEqual([...new Set(requests)], [`file://${path}`]);
      assert.deepEqual(browser.told.filter(({ method }) => method === "Log.entryAdded"), []);
    });
  });
});
