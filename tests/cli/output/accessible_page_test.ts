/** The page for those who use a screen reader, a keyboard, a phone or the dark scheme. @module */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import axe from "axe-core";
import { JSDOM } from "jsdom";
import { SCHEMES } from "../../../src/cli/output/page/colours.ts";
import { statusPage } from "../../../src/cli/output/page/page.ts";
import { STYLE } from "../../../src/cli/output/page/style.ts";
import { inBrowser, noBrowser } from "../../support/browser.ts";
import { inEveryState, NOW } from "./every_state.ts";
import { inTempDir } from "../../support/temp.ts";

const page = (count = Infinity) => statusPage({ host: "machine", services: inEveryState().slice(0, count), now: NOW });

/** What axe finds; how bad it is stands beside it. */
const AXE = `axe.run(document, OPTIONS).then(({ violations, passes }) => JSON.stringify({
  violations: violations.map(({ id, impact, nodes }) => id + " (" + impact + "): " + nodes[0].html),
  passed: passes.map(({ id }) => id),
}))`;

interface Found {
  readonly violations: readonly string[];
  readonly passed: readonly string[];
}

/** Without a browser nothing is laid out, so the style sheet would only cost time. Contrast is computed below. */
async function examined(text: string): Promise<Found> {
  const { window } = new JSDOM(text.replace(STYLE, ""), { runScripts: "outside-only" });
  window.eval(axe.source);
  return JSON.parse(await window.eval(AXE.replace("OPTIONS", `{ rules: { "color-contrast": { enabled: false } } }`)));
}

test("axe finds nothing wrong with a page of services in every state, nor with that of one", async () => {
  const { violations, passed } = await examined(page());
  assert.deepEqual(violations, []);
  for (const rule of ["document-title", "html-has-lang", "heading-order", "landmark-unique", "list", "region"]) {
    assert.ok(passed.includes(rule), `${rule} was not looked at: ${passed}`);
  }
  assert.deepEqual((await examined(page(1))).violations, []);
});

test("each service has a landmark with its name, and each table says what its rows and columns are", () => {
  const { document } = new JSDOM(page()).window;
  const all = (selector: string): (typeof document.body)[] => [...document.querySelectorAll(selector)];
  const titles = all("main > section").map((section) =>
    document.getElementById(section.getAttribute("aria-labelledby") ?? "")?.textContent
  );
  assert.deepEqual(titles, ["All services", ...inEveryState().map(({ name }) => name)]);
  const links = all("nav a, table a").map((link) =>
    document.querySelector(link.getAttribute("href") ?? "")?.textContent
  );
  assert.deepEqual(links, titles.slice(1), "the table leads to each");
  assert.ok(all("table").length > 1);
  for (const table of all("table")) {
    assert.ok(table.querySelector("caption")?.textContent);
    assert.ok(
      [...table.querySelectorAll("thead th")].every((th) => th.textContent && th.getAttribute("scope") === "col"),
    );
    assert.ok([...table.querySelectorAll("tbody tr")].every((tr) => tr.querySelector("th[scope=row]")));
    assert.equal(table.parentElement?.getAttribute("tabindex"), "0", "it scrolls by keyboard");
  }
  const mends = all(".mend code").map((code) => code.textContent);
  assert.ok(mends.includes("install a good build"));
  assert.deepEqual(all("pre").map((pre) => pre.textContent?.includes("cannot migrate the <database>")), [true]);
});

/** The relative luminance of a colour such as `#1b1f27`. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

for (const [name, { text, background, sign }] of Object.entries(SCHEMES)) {
  test(`in the ${name} scheme every text can be read on every background`, () => {
    const pairs = [
      ...Object.values(text).flatMap((ink) => Object.values(background).map((ground) => [ink, ground] as const)),
      ...[text.good, text.warn, text.bad].map((mark) => [sign, mark] as const),
    ];
    assert.deepEqual(pairs.filter((pair) => contrast(...pair) < 4.5), []);
  });
}

test("the style sheet has no colours but those of the schemes, each for what it is", () => {
  const [, rules = ""] = STYLE.split("* { box-sizing");
  const used = (property: string) =>
    [...rules.matchAll(new RegExp(`[\\s{;](?:${property}): ([^;]+);`, "g"))].map(([, value = ""]) => value);
  const names = (colours: object) => Object.keys(colours).map((colour) => `var(--${colour})`);
  assert.ok(used("color").length > 10);
  assert.deepEqual(used("color").filter((value) => !names(SCHEMES.light.text).includes(value)), []);
  const grounds = [...names(SCHEMES.light.background), "none"];
  assert.deepEqual(used("background|background-color").filter((value) => !grounds.includes(value)), []);
  assert.doesNotMatch(rules, /#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(|opacity/);
});

test("axe finds nothing wrong in a browser either, in both schemes, on a phone and on a desk", {
  skip: noBrowser,
}, async () => {
  await inTempDir(async (dir) => {
    const file = join(dir, "page.html");
    writeFileSync(file, page());
    await inBrowser(dir, async (browser) => {
      for (const width of [390, 1280]) {
        for (const value of ["light", "dark"]) {
          await browser.show(file, width, value);
          await browser.evaluate(axe.source);
          const { violations, passed }: Found = JSON.parse(await browser.evaluate(AXE.replace("OPTIONS", "{}")));
          assert.deepEqual(violations, [], `${width} ${value}`);
          assert.ok(passed.includes("color-contrast"));
        }
      }
    });
  });
});
