/** Sha256, computed in chunks. @module */
import process from "../process/process.ts";

/** Computes a digest. */
export interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

/** The part of Bun's namespace that is used here. */
interface WithHasher {
  readonly Bun?: { readonly CryptoHasher?: new (algorithm: "sha256") => Hasher };
}

/** Starts a digest. */
export function sha256(): Hasher {
  const Native = (globalThis as WithHasher).Bun?.CryptoHasher;
  if (Native !== undefined) return new Native("sha256");
  // Not an import: every boot loads this file, but few compute a digest, and loading node:crypto takes half as long as
  // a boot.
  return process.getBuiltinModule("node:crypto").createHash("sha256");
}
