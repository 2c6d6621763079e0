/** Reads a directory and everything below it, for the digest of a release. @module */
import type { ManifestEntry } from "../../core/manifest.ts";
import { type Fs, FsError, type Tree, type TreeEntry } from "../../core/fs_port.ts";
import { manifestText, textDigest } from "./manifest_text.ts";

/** What a tree is read with. */
export interface TreeReader extends Pick<Fs, "entries"> {
  /** The sha256 of a file that {@link Fs.entries} has told of the directory. */
  digestOf(directory: string, entry: TreeEntry): string;
}

/** {@link Fs.tree}, made of the other operations. */
export function readTree(fs: TreeReader, root: string, mostFiles: number): Tree {
  const found: { readonly path: string; readonly directory: string; readonly entry: TreeEntry }[] = [];
  const names = new Map<string, { count: number; readonly links: number; readonly path: string }>();
  let files = 0;
  let bytes = 0;
  const refuse = (path: string, why: string) => new FsError("other", "read", `${root}/${path}`, why);
  const walk = (folder: string) => {
    const directory = folder === "" ? root : `${root}/${folder}`;
    for (const entry of fs.entries(directory)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.kind === "other") throw refuse(path, "it is a device, a pipe or a socket, which no release may have");
      found.push({ path, directory, entry });
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
  const manifest = manifestText(found.map(({ path, directory, entry }): ManifestEntry => {
    const { kind, mode, size, target } = entry;
    return { path, kind, mode, size, target, digest: kind === "file" ? fs.digestOf(directory, entry) : undefined };
  }));
  return { digest: textDigest(manifest), manifest, files, bytes };
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
  return textDigest(lines.join("\n"));
}
