/**
 * Passes the core's events to hooks, webhook and metrics.
 *
 * @module
 */
import { messageOf } from "../../core/errors.ts";
import type { SentinelEvent } from "../../core/state/history.ts";
import type { Lock, Ports, ProgramRef } from "../../core/ports.ts";

/** An event, and the program that it is about. */
export interface LocatedEvent extends SentinelEvent, ProgramRef {}

/** Receives events. An error that it throws is logged, and the service goes on. */
export interface EventSink {
  /** Called at once, under the lock: for a sink that has to write the event to disk before anything else happens. */
  note?(event: LocatedEvent): void;
  /** Called when the lock is released: a hook may run boot-sentinel commands, which need the lock. */
  deliver(events: readonly LocatedEvent[]): void;
  /** Called once, before this process ends or executes the service. */
  finish?(): void;
}

/** Ports whose events are delivered to sinks. */
export interface Observed {
  readonly ports: Ports;
  /** Delivers the remaining events. */
  finish(): void;
}

/** Attaches sinks to the core. Events are queued while the lock is held. */
export function observed(ports: Ports, sinks: readonly EventSink[]): Observed {
  const queue: LocatedEvent[] = [];
  let locks = 0;

  function each(act: (sink: EventSink) => void): void {
    for (const sink of sinks) {
      try {
        act(sink);
      } catch (error) {
        ports.log(
          "warn",
          `Cannot report an event to hooks, webhook or metrics: ${messageOf(error)}; the service goes on`,
        );
      }
    }
  }

  function deliver(): void {
    if (queue.length === 0) return;
    const events = queue.splice(0);
    each((sink) => sink.deliver(events));
  }

  const lock: Lock = {
    ...ports.lock,
    acquire(path, waitMs, how) {
      const taken = ports.lock.acquire(path, waitMs, how);
      // Only changes of the state cause events, and these take the lock exclusively.
      if (typeof taken === "string" || how === "shared") return taken;
      locks++;
      return {
        release() {
          locks--;
          taken.release();
          if (locks === 0) deliver();
        },
      };
    },
  };
  return {
    ports: {
      ...ports,
      lock,
      observe(event, program) {
        const located = { ...event, exe: program.exe, dataDir: program.dataDir };
        each((sink) => sink.note?.(located));
        // Where locks do not work, nothing shows when the change is complete: then `finish` delivers the event.
        queue.push(located);
      },
    },
    finish() {
      deliver();
      each((sink) => sink.finish?.());
    },
  };
}
