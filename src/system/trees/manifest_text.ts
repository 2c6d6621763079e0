/** The manifest of everything in a tree, and its digest. @module */
import { MANIFEST_HEAD, type ManifestEntry, manifestLines } from "../../core/manifest.ts";
import { utf8 } from "../ffi/bytes.ts";
import { sha256 } from "../fs/sha256.ts";

/** The manifest's text. `found`: everything in the tree but itself, in any order. */
export function manifestText(found: readonly ManifestEntry[]): string {
  return MANIFEST_HEAD + sortedByBytes(found).map(manifestLines).join("");
}

/** The digest of a text: that of a release is the one of its manifest. */
export function textDigest(text: string): string {
  const hash = sha256();
  hash.update(utf8(text));
  return hash.digest("hex");
}

/** In the order of the bytes of their paths in UTF-8, which is that of the code points. */
function sortedByBytes(found: readonly ManifestEntry[]): ManifestEntry[] {
  // Outside of the pairs that UTF-16 has for the higher code points, the order of strings is the same.
  const hasPairs = found.some(({ path }) => /[\ud800-\udfff]/.test(path));
  const compare = hasPairs ? comparePoints : (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;
  return found.toSorted((a, b) => compare(a.path, b.path));
}

function comparePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const at = left.findIndex((char, i) => char !== right[i]);
  return at < 0 ? left.length - right.length : (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1);
}
