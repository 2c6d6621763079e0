/** Reads a directory and everything below it, for the digest of a release. @module */
import { MANIFEST_HEAD, manifestLines } from "../../core/manifest.ts";
import { type Fs, FsError, type Tree, type TreeEntry } from "../../core/fs_port.ts";
import { utf8 } from "../ffi/bytes.ts";
import { sha256 } from "../fs/sha256.ts";

/** {@link Fs.tree}, made of the other operations. */
export function readTree(fs: Pick<Fs, "entries" | "digest">, root: string, mostFiles: number): Tree {
  const found: { readonly path: string; readonly entry: TreeEntry }[] = [];
  const names = new Map<string, { count: number; readonly links: number; readonly path: string }>();
  let files = 0;
  let bytes = 0;
  const refuse = (path: string, why: string) => new FsError("other", "read", `${root}/${path}`, why);
  const walk = (folder: string) => {
    for (const entry of fs.entries(folder === "" ? root : `${root}/${folder}`)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.kind === "other") throw refuse(path, "it is a device, a pipe or a socket, which no release may have");
      found.push({ path, entry });
      if (entry.kind === "directory") walk(path);
      if (entry.kind !== "file") continue;
      if (++files > mostFiles) throw refuse("", `it has more than ${mostFiles} files`);
      bytes += entry.size;
      if (entry.links === 1) continue;
      const known = names.get(entry.inode) ?? { count: 0, links: entry.links, path };
      names.set(entry.inode, { ...known, count: known.count + 1 });
    }
  };
  walk("");
  for (const { count, links, path } of names.values()) {
    if (count < links) throw refuse(path, "it has a name outside of the release, by which it can be changed: copy it");
  }
  const lines = found.sort((a, b) => compareBytes(a.path, b.path)).map(({ path, entry }) =>
    manifestLines(path, entry, entry.kind === "file" ? fs.digest(`${root}/${path}`) : undefined)
  );
  const manifest = MANIFEST_HEAD + lines.join("");
  return { digest: digestOf(manifest), manifest, files, bytes };
}

/** {@link Fs.treeStamp}, made of the other operations. */
export function stampTree(fs: Pick<Fs, "entries">, root: string): string {
  const lines: string[] = [];
  const walk = (folder: string) => {
    for (const { name, kind, stamp } of fs.entries(folder)) {
      lines.push(`${stamp} ${name.length} ${name}`);
      if (kind === "directory") walk(`${folder}/${name}`);
    }
  };
  walk(root);
  return digestOf(lines.join("\n"));
}

function digestOf(text: string): string {
  const hash = sha256();
  hash.update(utf8(text));
  return hash.digest("hex");
}

/** The order of the bytes in UTF-8, which is that of the code points. */
function compareBytes(a: string, b: string): number {
  if (/[\ud800-\udfff]/.test(a + b)) {
    const [left, right] = [[...a], [...b]];
    const at = left.findIndex((char, i) => char !== right[i]);
    return at < 0 ? left.length - right.length : (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1);
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
