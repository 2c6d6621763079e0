/** Sha256, computed bit by bit. @module */
import process from "../process/process.ts";

/** A digest under way. */
export interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

/** The part of Bun that is used here. */
interface WithHasher {
  readonly Bun?: { readonly CryptoHasher?: new (algorithm: "sha256") => Hasher };
}

/** A new digest. */
export function sha256(): Hasher {
  const Native = (globalThis as WithHasher).Bun?.CryptoHasher;
  if (Native !== undefined) return new Native("sha256");
  // Not an import: every boot loads this file, and few hash. Loading node:crypto costs as much as half a boot.
  return process.getBuiltinModule("node:crypto").createHash("sha256");
}
