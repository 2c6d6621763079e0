/** Text in columns. @module */

/** Formats rows of cells as lines with aligned columns. The last column is wrapped at `width`. */
export function table(rows: readonly (readonly string[])[], width = Infinity): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, [...cell].length));
  const padded = (cell: string, i: number) => cell + " ".repeat((widths[i] ?? 0) - [...cell].length);
  return rows.map((row) => {
    const head = row.slice(0, -1).map((cell, i) => `${padded(cell, i)}  `).join("");
    const [first = "", ...more] = wrapped(row.at(-1) ?? "", Math.max(30, width - head.length));
    return [head + first, ...more.map((line) => " ".repeat(head.length) + line)].map((line) => `${line.trimEnd()}\n`)
      .join("");
  }).join("");
}

function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
