/** The address of a herd's store. @module */

/** Where a herd's store is, and how a machine proves who it is. */
export interface StoreAddress {
  /** `nats://` or `tls://`: a NATS server; `https://` (on this machine also `http://`): a published list. */
  readonly url: string;
  /** The file with the credentials. */
  readonly creds?: string | undefined;
  /** The file with the certificates that are trusted, PEM. @default those of the system */
  readonly ca?: string | undefined;
  /** The app, which names the bucket. */
  readonly app: string;
  /** The public keys, one of which has signed a published list. @default none: no list is believed */
  readonly keys?: readonly string[] | undefined;
  /** The longest time of one call, milliseconds. */
  readonly timeoutMs: number;
}
