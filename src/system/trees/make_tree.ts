/** A tree that is made whole or not at all. @module */
import { NewTree, type TreeLimits } from "./new_tree.ts";
import { removeTree } from "./remove_tree.ts";
import { treeError } from "./tree_fault.ts";

/**
 * Makes the directory `into`, and removes it when `fill` fails.
 *
 * @param verb What is done with `source`, for the message.
 * @returns Its manifest.
 */
export async function makeTree(
  verb: string,
  source: string,
  into: string,
  limits: TreeLimits,
  fill: (tree: NewTree) => void | Promise<void>,
): Promise<string> {
  let tree: NewTree;
  try {
    tree = new NewTree(into, limits);
  } catch (error) {
    throw treeError("make directory", into, error);
  }
  try {
    await fill(tree);
    return tree.finish();
  } catch (error) {
    tree.close();
    throw treeError(verb, source, error, remains(into) ? into : undefined);
  }
}

/** Removes the half-made tree. True when it cannot be removed: the first error is the one to tell. */
function remains(into: string): boolean {
  try {
    removeTree(into);
    return false;
  } catch {
    return true;
  }
}
