/** Checks of option values. Each throws an `Error` that says what is wrong. @module */

/** A URL for HTTP requests. */
export function checkWebAddress(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return;
  throw new Error(`it takes a URL that starts with http:// or https://, not ${JSON.stringify(text)}`);
}

/** A sha256. */
export function checkSha256(text: string): void {
  if (/^[0-9a-f]{64}$/i.test(text.trim())) return;
  throw new Error(`it takes 64 hexadecimal digits, not ${JSON.stringify(text)}`);
}
