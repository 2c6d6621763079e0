/** What is around the content of each page: without scripts or network access. @module */
import { VERSION } from "../../../core/version.ts";
import { clockTime } from "../format.ts";
import { html } from "./html.ts";
import { STYLE } from "./style.ts";

/** A page. */
export interface Shell {
  readonly title: string;
  readonly heading: string;
  /** Below the heading. */
  readonly summary: string;
  /** The content, HTML already. */
  readonly main: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** More rules for the style sheet. */
  readonly style?: string;
}

/** The text of a page. */
export function pageShell({ title, heading, summary, main, now, style = "" }: Shell): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${html(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
<header>
<h1>${html(heading)}</h1>
<p>${html(summary)}</p>
</header>
<main>
${main}
</main>
<footer>As of ${clockTime(new Date(now).toISOString())} UTC, by boot-sentinel ${
    html(VERSION)
  }. All times are UTC.</footer>
</body>
</html>
`;
}
