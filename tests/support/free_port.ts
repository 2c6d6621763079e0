/** A port of the loopback interface that nobody listens on. @module */
import { once } from "node:events";
import { createServer } from "node:net";

/** Finds one. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
