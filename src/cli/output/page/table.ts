/** Tables of the page. One that is too wide scrolls by itself, also by the keyboard. @module */
import { html } from "./html.ts";

/** A table. Its cells are HTML already. The first cell of a row names the row. */
export interface Table {
  readonly caption: string;
  /** The name of the region that scrolls, for screen readers: no other one in the page has it. */
  readonly label: string;
  readonly columns: readonly (readonly [title: string, kind?: "wide" | "version"])[];
  readonly rows: readonly (readonly string[])[];
}

/** The table as HTML. */
export function table({ caption, label, columns, rows }: Table): string {
  const kindOf = (i: number) => columns[i]?.[1] === undefined ? "" : ` class="${columns[i][1]}"`;
  const head = columns.map(([title]) => `<th scope="col">${html(title)}</th>`).join("");
  const body = rows.map((cells) =>
    `<tr>${
      cells.map((cell, i) => i === 0 ? `<th scope="row"${kindOf(i)}>${cell}</th>` : `<td${kindOf(i)}>${cell}</td>`)
        .join("")
    }</tr>`
  );
  return scrollable(
    label,
    `<table><caption>${html(caption)}</caption><thead><tr>${head}</tr></thead>\n<tbody>${
      body.join("\n")
    }</tbody></table>`,
  );
}

/** Content that may be wider than a phone. */
export function scrollable(label: string, content: string, kind = ""): string {
  return `<div class="scroll${kind === "" ? "" : ` ${kind}`}" role="region" aria-label="${
    html(label)
  }" tabindex="0">${content}</div>`;
}
