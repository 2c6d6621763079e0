/**
 * The webhook: each event is posted as JSON; what cannot be sent now is sent at a later boot.
 *
 * @module
 */
import { messageOf } from "../../core/errors.ts";
import type { Log, Ports } from "../../core/ports.ts";
import type { RunCommand } from "../../system/tools/run_command.ts";
import { eventJson } from "./hooks.ts";
import type { EventSink, LocatedEvent } from "./observed.ts";
import { outboxEntries, type Post, putInOutbox } from "./outbox.ts";

/** What the webhook needs on the gate's side. */
export interface WebhookOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly host: string;
  /** The words that start boot-sentinel. */
  readonly self: readonly [string, ...string[]];
  /** The data directory of the program that this process is about, once known. */
  readonly dataDir: () => string | undefined;
  readonly run: RunCommand;
  readonly ports: Pick<Ports, "fs" | "clock" | "log">;
}

/**
 * Keeps events in the outbox, then sends them from a process of its own: the gate is synchronous, and a deadline that
 * kills a process holds whatever the network does.
 */
export function webhookSink(options: WebhookOptions): EventSink {
  const { fs, clock, log } = options.ports;
  let tried = false;

  function send(dataDir: string): void {
    tried = true;
    const end = options.run({
      line: [...options.self, "deliver", "--data-dir", dataDir, "--quiet"],
      // The address may hold a secret, and arguments are everybody's to read.
      env: { BOOT_SENTINEL_WEBHOOK: options.url },
      timeoutMs: options.timeoutMs,
    });
    if (end.kind === "exited" && end.code === 0) return;
    log("warn", "The webhook could not be reached in time: the events are kept and sent at a later boot");
  }

  return {
    deliver(events: readonly LocatedEvent[]) {
      for (const event of events) {
        const json = JSON.stringify({ ...JSON.parse(eventJson(event)), host: options.host });
        putInOutbox(fs, event.dataDir, json, clock.now());
      }
      const [event] = events;
      if (event !== undefined) send(event.dataDir);
    },
    finish() {
      const dataDir = options.dataDir();
      if (!tried && dataDir !== undefined && outboxEntries(fs, dataDir).length > 0) send(dataDir);
    },
  };
}

/** Posts to an address. */
export function poster(url: string, timeoutMs: number, log: Log): Post {
  return async (body, id) => {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": id },
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      if (response.ok) return "delivered";
      log("warn", `The webhook answered ${response.status}`);
      // The event itself is not wanted: it would stand in the way of all that follow.
      return [400, 413, 422].includes(response.status) ? "refused" : "retry";
    } catch (error) {
      log("warn", `The webhook cannot be reached: ${messageOf(error)}`);
      return "retry";
    }
  };
}
