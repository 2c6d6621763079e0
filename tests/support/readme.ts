/** The README and the pages of the manual, taken apart: their code blocks and their tables. @module */
import { readdirSync, readFileSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);

/** A page for users. */
export interface Page {
  /** Its path in the project. */
  readonly path: string;
  readonly text: string;
}

/** A code block. */
export interface Block {
  /** The page's path. */
  readonly page: string;
  /** What stands after the fence: `sh`, `ini`, `ts ignore`, … */
  readonly language: string;
  /** The nearest heading above. */
  readonly heading: string;
  readonly text: string;
}

/** The README and every page of the manual. */
export const pages: readonly Page[] = [
  "README.md",
  ...readdirSync(new URL("docs/", ROOT)).filter((name) => name.endsWith(".md")).sort().map((name) => `docs/${name}`),
].map((path) => ({ path, text: readFileSync(new URL(path, ROOT), "utf8") }));

/** All pages in one text. */
export const manual: string = pages.map(({ text }) => text).join("\n");

/** The code blocks of a page, in order. */
function blocksIn({ path, text }: Page): Block[] {
  const found: Block[] = [];
  let heading = "";
  let open: { language: string; lines: string[] } | undefined;
  for (const line of text.split("\n")) {
    const fence = /^```([\w ]*)$/.exec(line);
    if (open !== undefined && fence !== null) {
      const { language, lines } = open;
      found.push({ page: path, language, heading, text: lines.map((line) => `${line}\n`).join("") });
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (fence !== null) open = { language: fence[1] ?? "", lines: [] };
    else if (/^#/.test(line)) heading = line.replace(/^#+ /, "");
  }
  return found;
}

/** The blocks of a language, on all pages. */
export function blocksOf(language: string): Block[] {
  return pages.flatMap(blocksIn).filter((block) => block.language === language);
}

/** The text of the block of a language below a heading; there is exactly one. */
export function blockBelow(heading: string, language: string): string {
  const [block, ...others] = blocksOf(language).filter((block) => block.heading === heading);
  if (block === undefined || others.length > 0) throw new Error(`Not one block of ${language} below ${heading}`);
  return block.text;
}

/** The rows of the tables whose headings have these cells first, without it. */
export function tableRows(...heading: string[]): string[][] {
  const lines = manual.split("\n");
  const cells = (line: string) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim());
  const isHead = (line: string) => line.startsWith("|") && heading.every((word, i) => cells(line)[i] === word);
  const rows = lines.flatMap((line, start) => {
    if (!isHead(line)) return [];
    const length = lines.slice(start).findIndex((line) => !line.startsWith("|"));
    return lines.slice(start + 2, start + length).map(cells);
  });
  if (rows.length === 0) throw new Error(`No page has a table with ${heading.join(" | ")}`);
  return rows;
}

/** The text of a page without its code blocks. */
export function prose(text: string): string {
  return text.replaceAll(/^ *```[^]*?^ *```$/gm, "");
}

/** What stands between backticks, outside of code blocks. */
export function inlineCode(text: string): string[] {
  return [...prose(text).matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code.replaceAll(/\s+/g, " "));
}
