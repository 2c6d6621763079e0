/** The names of the snapshots of a directory of data. They lie beside it, so that a rename puts one back. @module */
import { directoryOf, fileIn, hashOf, nameOf } from "../state/paths.ts";

const PREFIX = ".boot-sentinel-data-";

/** The part of a token that tells whose snapshot it is: that of this program, of this directory. */
const ownerOf = (exe: string, path: string) => hashOf(`${exe}\0${path}`);

/** A name for a snapshot that nothing has yet. */
export function newToken(exe: string, path: string): string {
  return `${ownerOf(exe, path)}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Whether a text, from a state file, is such a name: it leads nowhere else. */
export function isToken(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{8}$/.test(text);
}

/** `new`: while it is copied, so that a half one is never taken for a whole one; `old`: while it is removed. */
type Stage = "new" | "old";

/** Where a snapshot lies. */
export function snapshotPath(path: string, token: string, stage?: Stage): string {
  return fileIn(directoryOf(path), `${PREFIX}${token}${stage === undefined ? "" : `-${stage}`}`);
}

/** The token of a name beside the directory, and its stage; `undefined` when it is no snapshot of this program's. */
export function tokenIn(
  name: string,
  exe: string,
  path: string,
): { readonly token: string; readonly stage: Stage | undefined } | undefined {
  const [, token = "", stage] = /^\.boot-sentinel-data-([0-9a-f-]{17})(?:-(new|old))?$/.exec(name) ?? [];
  const isOwn = isToken(token) && token.startsWith(`${ownerOf(exe, path)}-`);
  return isOwn ? { token, stage: stage as Stage | undefined } : undefined;
}

/** Where the data of a build that is rolled back are put. */
export function asidePath(path: string, version: string, time: string): string {
  const safe = version.replace(/[^\w.+-]/g, "_").slice(0, 64);
  return `${path}.boot-sentinel-${safe}-${time.replace(/\.\d+Z$/, "Z").replace(/[-:]/g, "")}`;
}

/** Whether a path, from a state file, can be an {@link asidePath} of the directory. */
export function isAsideOf(path: string, aside: string): boolean {
  return directoryOf(aside) === directoryOf(path) && nameOf(aside).startsWith(`${nameOf(path)}.boot-sentinel-`);
}
