/** The README taken apart: its code blocks and its tables. @module */
import { readdirSync, readFileSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);
const TEXT = readFileSync(new URL("README.md", ROOT), "utf8");

/** A code block. */
export interface Block {
  /** What stands after the fence: `sh`, `ini`, … */
  readonly language: string;
  /** The nearest heading above. */
  readonly heading: string;
  readonly text: string;
}

/** All of the README. */
export const readme: string = TEXT;

/** A page for users. */
export interface Page {
  /** Its path in the project. */
  readonly path: string;
  readonly text: string;
}

/** The README and every page of the manual. */
export const pages: readonly Page[] = [
  { path: "README.md", text: TEXT },
  ...readdirSync(new URL("docs/", ROOT)).filter((name) => name.endsWith(".md")).map((name) => ({
    path: `docs/${name}`,
    text: readFileSync(new URL(`docs/${name}`, ROOT), "utf8"),
  })),
];

/** Every code block, in order. */
export function blocks(): Block[] {
  const found: Block[] = [];
  let heading = "";
  let open: { language: string; lines: string[] } | undefined;
  for (const line of TEXT.split("\n")) {
    const fence = /^```(\w*)$/.exec(line);
    if (open !== undefined && fence !== null) {
      found.push({ language: open.language, heading, text: open.lines.map((line) => `${line}\n`).join("") });
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (fence !== null) open = { language: fence[1] ?? "", lines: [] };
    else if (/^#/.test(line)) heading = line.replace(/^#+ /, "");
  }
  return found;
}

/** The blocks of a language. */
export function blocksOf(language: string): Block[] {
  return blocks().filter((block) => block.language === language);
}

/** The rows of the table whose heading has these cells first, without it. */
export function tableRows(...heading: string[]): string[][] {
  const lines = TEXT.split("\n");
  const cells = (line: string) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim());
  const start = lines.findIndex((line) => line.startsWith("|") && heading.every((word, i) => cells(line)[i] === word));
  if (start < 0) throw new Error(`The README has no table with ${heading.join(" | ")}`);
  const length = lines.slice(start).findIndex((line) => !line.startsWith("|"));
  return lines.slice(start + 2, start + length).map(cells);
}

/** What stands between backticks, outside of code blocks. */
export function inlineCode(text: string): string[] {
  return [...text.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/`([^`]+)`/g)].map(([, code = ""]) =>
    code.replaceAll(/\s+/g, " ")
  );
}
