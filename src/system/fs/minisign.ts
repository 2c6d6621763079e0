/**
 * Verifies minisign signatures. Only the file format is implemented here; Ed25519 and BLAKE2b are those of
 * `node:crypto`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { SentinelError } from "../../core/errors.ts";
import { eachChunk, withRegularFile } from "./files.ts";

/** A file with a valid signature. */
export interface Signed {
  /** Sha256 of the bytes that were verified, hex. */
  readonly sha256: string;
  /** The trusted comment, which the signature covers. */
  readonly comment: string;
}

/** The DER header of an Ed25519 public key. The 32 bytes of the key follow it. */
const DER_HEAD = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Verifies that a file was signed with a key.
 *
 * @param key The public key (`RW…`), or the path of a file with it.
 * @throws {SentinelError} `mismatch`: the signature or the key is not valid; `missing`: one of the files cannot be
 * read.
 */
export function verifyMinisign(file: string, signatureFile: string, key: string): Signed {
  // First the key: a wrong one must not be told as a missing signature.
  const { id, publicKey } = readKey(key);
  const signature = readSignature(signatureFile);
  if (!signature.keyId.equals(id)) {
    throw refusal(file, `${signatureFile} was made with another key (${keyName(signature.keyId)}, not ${keyName(id)})`);
  }
  const sha256 = createHash("sha256");
  const blake = createHash("blake2b512");
  withRegularFile(file, (fd) => {
    eachChunk(fd, (chunk) => {
      sha256.update(chunk);
      blake.update(chunk);
    });
  });
  if (!verify(null, blake.digest(), publicKey, signature.bytes)) {
    throw refusal(file, `its content is not what ${signatureFile} signs`);
  }
  const commented = Buffer.concat([signature.bytes, Buffer.from(signature.comment)]);
  if (!verify(null, commented, publicKey, signature.commentBytes)) {
    throw refusal(file, `the trusted comment of ${signatureFile} was changed`);
  }
  return { sha256: sha256.digest("hex"), comment: signature.comment };
}

function readSignature(path: string) {
  const [, first = "", comment = "", last = ""] = textOf(path, "signature").split(/\r?\n/);
  const bytes = Buffer.from(first, "base64");
  const commentBytes = Buffer.from(last, "base64");
  const algorithm = bytes.subarray(0, 2).toString("latin1");
  const prefix = "trusted comment: ";
  if (bytes.length !== 74 || commentBytes.length !== 64 || !comment.startsWith(prefix)) {
    throw refusal(path, "it is not a minisign signature");
  }
  if (algorithm !== "ED") {
    throw refusal(path, "it signs the file itself, not its hash; sign it with minisign 0.10 or newer, or with -H");
  }
  return {
    keyId: bytes.subarray(2, 10),
    bytes: bytes.subarray(10),
    comment: comment.slice(prefix.length),
    commentBytes,
  };
}

function readKey(key: string): { id: Buffer; publicKey: KeyObject } {
  const inline = /^RW[\w+/]{54}$/.test(key);
  const text = inline ? key : textOf(key, "public key").split(/\r?\n/).find((line) => line.startsWith("RW")) ?? "";
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== 42) throw refusal(key, "it is not a minisign public key");
  const publicKey = createPublicKey({
    key: Buffer.concat([DER_HEAD, bytes.subarray(10)]),
    format: "der",
    type: "spki",
  });
  return { id: bytes.subarray(2, 10), publicKey };
}

function textOf(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SentinelError(
      "missing",
      `Cannot verify: the ${what} ${path} cannot be read: ${(error as Error).message}; nothing was changed`,
    );
  }
}

function refusal(path: string, why: string): SentinelError {
  return new SentinelError("mismatch", `Cannot trust ${path}: ${why}; nothing was changed; get the file again`);
}

/** The id of a key, in the form that minisign prints. */
function keyName(id: Buffer): string {
  return Buffer.from(id).reverse().toString("hex").toUpperCase();
}
