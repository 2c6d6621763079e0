/** Where the symbolic links of a tree lead. @module */

/** The links of a tree: path → what is written in the link. */
export type Links = Map<string, string>;

/** What the kernel, too, follows at most. */
const FOLLOWED = 40;

/** Why a link must not be in a tree; `undefined`: it stays inside, also when it leads on over other links. */
export function linkFault(links: Links, path: string, target: string): string | undefined {
  if (target === "" || target.includes("\0")) return "which is no path";
  // Windows takes the backslash for a separator, and `C:x` for an absolute path. Such names are no good release at all.
  if (/^([/\\]|[a-z]:)/i.test(target)) return "an absolute path, which leads elsewhere when the tree is moved";
  const here = path.split("/").slice(0, -1);
  const parts = target.split("/");
  let followed = 1;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (here.pop() === undefined) return "which leads outside of the tree";
      continue;
    }
    here.push(part);
    const next = links.get(here.join("/"));
    if (next === undefined) continue;
    if (++followed > FOLLOWED) return "which leads in a circle";
    here.pop();
    parts.unshift(...next.split("/"));
  }
  return undefined;
}
