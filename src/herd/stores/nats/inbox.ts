/** The subjects on which a client of the server gets its answers. @module */

/** The prefix of a machine's subjects: no other machine may read them. */
export function inboxOf(machine: string | undefined): string {
  return machine === undefined ? "_INBOX" : `_INBOX_${machine}`;
}
