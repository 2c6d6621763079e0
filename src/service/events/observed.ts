/**
 * Events on their way to hooks, webhook and metrics.
 *
 * @module
 */
import { messageOf } from "../../core/errors.ts";
import type { SentinelEvent } from "../../core/state/history.ts";
import type { Lock, Ports, ProgramRef } from "../../core/ports.ts";

/** An event, and the program that it is about. */
export interface LocatedEvent extends SentinelEvent, ProgramRef {}

/** Somebody who wants to know. What a sink throws is logged, and the service goes on. */
export interface EventSink {
  /** Called at once, under the lock, for what must survive a power cut before it is delivered. */
  note?(event: LocatedEvent): void;
  /** Called when the lock is free again, so that a hook may call boot-sentinel itself. */
  deliver(events: readonly LocatedEvent[]): void;
  /** Called once, when this process ends or becomes the service. */
  finish?(): void;
}

/** Ports with observers. */
export interface Observed {
  readonly ports: Ports;
  /** Delivers what is left. */
  finish(): void;
}

/** Attaches sinks to the core: events wait until the lock is given back. */
export function observed(ports: Ports, sinks: readonly EventSink[]): Observed {
  const waiting: LocatedEvent[] = [];
  let held = 0;

  function each(act: (sink: EventSink) => void): void {
    for (const sink of sinks) {
      try {
        act(sink);
      } catch (error) {
        ports.log("warn", `Cannot pass events on: ${messageOf(error)}; the service goes on`);
      }
    }
  }

  function deliver(): void {
    if (waiting.length === 0) return;
    const events = waiting.splice(0);
    each((sink) => sink.deliver(events));
  }

  const lock: Lock = {
    ...ports.lock,
    acquire(path, waitMs, how) {
      const taken = ports.lock.acquire(path, waitMs, how);
      // Only a change is held alone, and only a change makes events.
      if (typeof taken === "string" || how === "shared") return taken;
      held++;
      return {
        release() {
          held--;
          taken.release();
          if (held === 0) deliver();
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
        // Without a lock nothing tells when the change is whole; whoever ends the process delivers.
        waiting.push(located);
      },
    },
    finish() {
      deliver();
      each((sink) => sink.finish?.());
    },
  };
}
