/** A published list on a web server of this machine. @module */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { publishedText } from "../../../src/herd/messages/published.ts";
import { newKeyPair } from "../../../src/system/crypto/ed25519.ts";

/** The server. */
export interface ListServer {
  readonly url: string;
  /** The public key of the list. */
  readonly key: string;
  /** Serves these entries from now on. */
  publish(entries: readonly (readonly [key: string, value: object])[]): void;
  /** Serves any text, made of what it serves now. */
  serve(change: (text: string) => string): void;
}

/** Serves a list while `use` runs. */
export async function withListServer(use: (server: ListServer) => Promise<void>): Promise<void> {
  const pair = newKeyPair();
  let text = "";
  let at = Date.now();
  const server = createServer((_, response) => response.end(text));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const publish: ListServer["publish"] = (entries) => {
    const values = entries.map(([key, value]): [string, string] => [key, JSON.stringify(value)]);
    text = publishedText({ app: "web", at: at++, entries: values }, pair);
  };
  publish([]);
  try {
    await use({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/list`,
      key: pair.publicKey,
      publish,
      serve: (change) => text = change(text),
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The sha256 of a text. */
export function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
