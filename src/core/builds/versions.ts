/**
 * One normal form for versions, so that `v0.2.121` and ` 0.2.121\r\n` are the same version.
 *
 * @module
 */
import { plainText } from "../plain_text.ts";

/**
 * Trims, and removes a leading `v` before a digit; control characters are escaped. Nothing else: `1.0.0+7` and `1.0.0`
 * are different versions.
 */
export function normalVersion(version: string): string {
  return plainText(version.trim().replace(/^v(?=\d)/i, ""));
}

/** True when both are the same version in its normal form. */
export function sameVersion(a: string, b: string): boolean {
  return normalVersion(a) === normalVersion(b);
}

/** The name of a build without a known version: the start of its sha256. */
export function versionOfDigest(digest: string): string {
  return `sha256:${digest.slice(0, 12)}`;
}
