/** Texts and lists as bytes. @module */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A text in UTF-8. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Bytes in UTF-8 as a text. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** A text as foreign functions take it. */
export function cString(text: string | Uint8Array): Uint8Array<ArrayBuffer> {
  if (typeof text === "string") return encoder.encode(`${text}\0`);
  const ended = new Uint8Array(text.length + 1);
  ended.set(text);
  return ended;
}

/** True when two pieces are alike. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** Some pieces as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const whole = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
