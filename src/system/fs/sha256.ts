/** Sha256, computed bit by bit. @module */
import { crypto } from "../process/builtin.ts";

/** A digest under way. */
interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

/** The part of Bun that is used here: loading `node:crypto` costs as much there as half a boot. */
interface WithHasher {
  readonly Bun?: { readonly CryptoHasher?: new (algorithm: "sha256") => Hasher };
}

/** A new digest. */
export function sha256(): Hasher {
  const Native = (globalThis as WithHasher).Bun?.CryptoHasher;
  return Native === undefined ? crypto().createHash("sha256") : new Native("sha256");
}
