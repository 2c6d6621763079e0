/** The colours of the status page, light and dark. Any text colour can stand on any background. @module */

/** The colours of text; the marks of the graph have them, too. */
const LIGHT_TEXT = {
  ink: "#1b1f27",
  faint: "#535c69",
  good: "#136b3e",
  warn: "#7d4f00",
  bad: "#b01e2b",
  calm: "#2c51b0",
} as const;

/** The name of a text colour. */
export type TextColour = keyof typeof LIGHT_TEXT;

/** The backgrounds of text. */
const LIGHT_BACKGROUND = {
  page: "#f4f5f7",
  card: "#ffffff",
  code: "#eef0f4",
  "good-soft": "#e2f4ea",
  "warn-soft": "#fdf0d8",
  "bad-soft": "#fce6e7",
} as const;

/** The name of a background. */
export type Background = keyof typeof LIGHT_BACKGROUND;

/** A colour scheme. */
export interface Scheme {
  readonly text: Readonly<Record<TextColour, string>>;
  readonly background: Readonly<Record<Background, string>>;
  /** Lines between things. */
  readonly edge: string;
  /** The signs in the marks of the graph, which have the colours `good`, `warn` and `bad`. */
  readonly sign: string;
}

/** The colour schemes. */
export const SCHEMES: Readonly<Record<"light" | "dark", Scheme>> = {
  light: { text: LIGHT_TEXT, background: LIGHT_BACKGROUND, edge: "#dfe2e8", sign: "#ffffff" },
  dark: {
    text: { ink: "#e8ebf1", faint: "#a9b2c1", good: "#4cc38a", warn: "#e9b04b", bad: "#ff8a8f", calm: "#93b0ff" },
    background: {
      page: "#12151b",
      card: "#1b2029",
      code: "#262d39",
      "good-soft": "#16352a",
      "warn-soft": "#3a2d14",
      "bad-soft": "#40202a",
    },
    edge: "#2e3542",
    sign: "#12151b",
  },
};

/** A scheme as variables of CSS. */
export function variables({ text, background, edge, sign }: Scheme): string {
  return Object.entries({ ...text, ...background, edge, sign }).map(([name, colour]) => `--${name}: ${colour};`)
    .join(" ");
}
