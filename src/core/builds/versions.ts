/**
 * One normal form for versions, so that `v0.2.121` and ` 0.2.121\r\n` name one build.
 *
 * @module
 */

/** Trims, and drops a leading `v` before a digit. Nothing else: `1.0.0+7` and `1.0.0` are two builds. */
export function normalVersion(version: string): string {
  return version.trim().replace(/^v(?=\d)/i, "");
}

/** True when both name the same version. */
export function sameVersion(a: string, b: string): boolean {
  return normalVersion(a) === normalVersion(b);
}

/** The name of a build that nobody gave a version: the head of its digest. */
export function versionOfDigest(digest: string): string {
  return `sha256:${digest.slice(0, 12)}`;
}
