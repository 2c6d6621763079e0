/** Columns of text. @module */

/** Rows of cells as lines with aligned columns; the last column is as long as it likes. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, [...cell].length));
  const padded = (cell: string, i: number) => cell + " ".repeat((widths[i] ?? 0) - [...cell].length);
  return rows.map((row) => `${row.map(padded).join("  ").trimEnd()}\n`).join("");
}
