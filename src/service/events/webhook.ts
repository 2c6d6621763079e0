/**
 * The webhook: each event is posted as JSON. An event that cannot be sent now is sent at a later boot.
 *
 * @module
 */
import { messageOf } from "../../core/errors.ts";
import type { Log, Ports } from "../../core/ports.ts";
import type { RunCommand } from "../../system/tools/run_command.ts";
import { eventJson } from "./hooks.ts";
import type { EventSink, LocatedEvent } from "./observed.ts";
import { outboxEntries, type Post, putInOutbox } from "./outbox.ts";

/** What the webhook depends on in the process that causes events. */
export interface WebhookOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly host: string;
  /** The command that starts boot-sentinel. */
  readonly self: readonly [string, ...string[]];
  /** The data directory of the guarded program; `undefined` while it is not known which program that is. */
  readonly dataDir: () => string | undefined;
  readonly run: RunCommand;
  readonly ports: Pick<Ports, "fs" | "clock" | "log">;
}

/**
 * Writes events to the outbox, then runs `boot-sentinel deliver` in another process. The gate is synchronous, so it
 * cannot send by itself; and a process can be killed at the timeout, whatever the network does.
 */
export function webhookSink(options: WebhookOptions): EventSink {
  const { fs, clock, log } = options.ports;
  let triedToSend = false;

  function send(dataDir: string): void {
    triedToSend = true;
    const end = options.run({
      line: [...options.self, "deliver", "--data-dir", dataDir, "--quiet"],
      // The URL may contain a secret, and every user can see the arguments of a process.
      env: { BOOT_SENTINEL_WEBHOOK: options.url },
      timeoutMs: options.timeoutMs,
    });
    if (end.kind === "exited" && end.code === 0) return;
    log("warn", "The webhook could not be reached in time: its events are kept and sent at a later boot");
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
      if (!triedToSend && dataDir !== undefined && outboxEntries(fs, dataDir).length > 0) send(dataDir);
    },
  };
}

/** Sends events to a URL. */
export function webhookPost(url: string, timeoutMs: number, log: Log): Post {
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
      // The server rejects this event itself. To try again would block all later events.
      return [400, 413, 422].includes(response.status) ? "refused" : "retry";
    } catch (error) {
      log("warn", `The webhook cannot be reached: ${messageOf(error)}`);
      return "retry";
    }
  };
}
