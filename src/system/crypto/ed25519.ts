/** Ed25519 keys and signatures, as short texts. The arithmetic is that of `node:crypto`. @module */
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";

/** A key pair, as texts. */
export interface KeyPair {
  /** 43 characters, base64url. */
  readonly publicKey: string;
  /** 43 characters, base64url. */
  readonly secretKey: string;
}

/** Makes a key pair. The public key does not begin with a hyphen: on a command line it would look like an option. */
export function newKeyPair(): KeyPair {
  for (;;) {
    const { x = "", d = "" } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
    if (!x.startsWith("-")) return { publicKey: x, secretKey: d };
  }
}

/** The DER header of an Ed25519 secret key. The 32 bytes of the key follow it. */
const DER_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** The key pair of a secret key; `undefined` when the text is not one. */
export function keyPairOf(secretKey: string): KeyPair | undefined {
  const key = secretKeyOf(secretKey);
  return key && { secretKey, publicKey: createPublicKey(key).export({ format: "jwk" }).x ?? "" };
}

function secretKeyOf(text: string): KeyObject | undefined {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length !== 32) return undefined;
  return createPrivateKey({ key: Buffer.concat([DER_HEAD, bytes]), format: "der", type: "pkcs8" });
}

/** The signature of a text: 86 characters, base64url. The key is a valid one. */
export function signText(text: string, secretKey: string): string {
  const key = secretKeyOf(secretKey);
  if (key === undefined) throw new TypeError("this is no secret key");
  return sign(null, Buffer.from(text), key).toString("base64url");
}

/** Whether a text was signed with the secret key of a public key. */
export function isSigned(text: string, signature: string, publicKey: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: publicKey }, format: "jwk" });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64url"));
  } catch {
    return false; // it is no key
  }
}
