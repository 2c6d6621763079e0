/** Connects to a NATS server with the credentials of a machine. @module */
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  nkeys,
} from "@nats-io/transport-node";
import { messageOf } from "../../../core/errors.ts";
import { nodeFs } from "../../../system/fs/node_fs.ts";
import { HerdStoreError } from "../../herd_store.ts";
import type { StoreAddress } from "../store_address.ts";
import { inboxOf } from "./inbox.ts";
import { natsFault } from "./nats_fault.ts";

/** A larger file, bytes, holds no credentials. */
const FILE_LIMIT = 64 << 10;

/** The time between two attempts to connect again, milliseconds. */
const RECONNECT_MS = 500;

/** A connection, and who it was made as. */
export interface Connected {
  readonly nc: NatsConnection;
  /** The public key; `undefined` without credentials. */
  readonly machine: string | undefined;
  /** The prefix of the subjects of this machine's answers, which no other machine may read. */
  readonly inbox: string;
}

/** Who credentials are those of. */
interface Identity {
  readonly machine: string;
  readonly authenticator: Authenticator;
}

/**
 * Connects. A connection that breaks later is made again for as long as it is not closed.
 *
 * @throws {HerdStoreError}
 */
export async function connectNats({ url, creds, ca, timeoutMs }: StoreAddress): Promise<Connected> {
  const identity = creds === undefined ? undefined : identityIn(readFile("the credentials of the herd", creds), creds);
  const inbox = inboxOf(identity?.machine);
  if (ca !== undefined) checkCertificates(ca);
  // With this option set the client refuses a server that offers no TLS.
  const tls = ca !== undefined ? { caFile: ca } : url.startsWith("tls:") ? {} : undefined;
  try {
    const nc = await connect({
      servers: url,
      name: "boot-sentinel",
      timeout: timeoutMs,
      inboxPrefix: inbox,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      ...tls === undefined ? {} : { tls },
      ...identity === undefined ? {} : { authenticator: identity.authenticator },
    });
    return { nc, machine: identity?.machine, inbox };
  } catch (error) {
    throw natsFault(url, error);
  }
}

/** The public key of the credentials in a file. @throws {HerdStoreError} There are none in it. */
export function machineIn(bytes: Uint8Array, path: string): string {
  return identityIn(bytes, path).machine;
}

/** Reads the seed of an nkey, or a `.creds` file of a JWT and a seed. */
function identityIn(bytes: Uint8Array, path: string): Identity {
  const text = new TextDecoder().decode(bytes);
  const seed = /^\s*(SU[A-Z2-7]{56})\s*$/m.exec(text)?.[1];
  try {
    if (seed === undefined) throw new Error("there is no seed of a user in it");
    const encoded = new TextEncoder().encode(seed);
    const isCreds = text.includes("BEGIN NATS USER JWT");
    return {
      machine: nkeys.fromSeed(encoded).getPublicKey(),
      authenticator: isCreds ? credsAuthenticator(bytes) : nkeyAuthenticator(encoded),
    };
  } catch (error) {
    const text = `Cannot use ${path} as credentials: ${messageOf(error)}; it takes the file that herd init wrote`;
    throw new HerdStoreError("other", text, { cause: error });
  }
}

/** The client takes a file without certificates for a fault of the connection. */
function checkCertificates(path: string): void {
  const text = new TextDecoder().decode(readFile("the certificates of the herd", path));
  if (text.includes("-----BEGIN CERTIFICATE-----")) return;
  throw new HerdStoreError("other", `Cannot use ${path} as certificates: there is none in it; it takes PEM`);
}

function readFile(what: string, path: string): Uint8Array {
  try {
    return nodeFs().read(path, FILE_LIMIT);
  } catch (error) {
    throw new HerdStoreError("other", `Cannot read ${what}: ${messageOf(error)}`, { cause: error });
  }
}
