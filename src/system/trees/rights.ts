/** The rights for work in a directory. @module */
import { withRightsAt } from "../linux/owner_rights.ts";

/** Runs an action on what is in a directory: as root with the rights of its owner, see {@link withRightsAt}. */
export function withRightsIn<T>(directory: string, action: () => T): T {
  // The directory's own name would be asked about as a name in its parent.
  return withRightsAt(`${directory}/.`, action);
}
