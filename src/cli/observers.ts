/** Attaches the hooks, the webhook and the metrics that the options set. Loaded only if one is set. @module */
import type { Subject } from "../core/subject.ts";
import { BootSentinel } from "../system/boot_sentinel.ts";
import { withIo } from "../system/process/process_io.ts";
import { afterRollbackHook } from "../service/events/after_rollback.ts";
import { eventHook, IN_HOOK } from "../service/events/hooks.ts";
import { metricsSink } from "../service/events/metrics.ts";
import { type EventSink, observed } from "../service/events/observed.ts";
import { webhookSink } from "../service/events/webhook.ts";
import { runCommand } from "../system/tools/run_command.ts";
import type { Context } from "./command.ts";

/** A context whose events go to hooks, webhook and metrics, before this process ends or executes the service. */
export function withObservers(context: Context, gate: boolean): { context: Context; finish(): void } {
  const { settings, io, ports } = context;
  let subject: Subject | undefined;
  // Several for `status`, which is about all services of the machine.
  const subjects = new Map<string, { readonly guarded: Subject; readonly service: string | undefined }>();
  const common = { run: runCommand, log: ports.log };
  const sinks: EventSink[] = [];
  // In a hook, no hooks are run: a hook that calls boot-sentinel would call itself without end.
  const inHook = io.env.get(IN_HOOK) === "1";
  if (settings.afterRollbackHook !== undefined && !inHook) {
    sinks.push(afterRollbackHook({
      command: settings.afterRollbackHook,
      timeoutMs: settings.dataHookTimeout,
      fs: ports.fs,
      pendingIn: () => gate ? subject?.dataDir : undefined,
      ...common,
    }));
  }
  if (settings.hook !== undefined && !inHook) {
    sinks.push(eventHook({ command: settings.hook, timeoutMs: settings.hookTimeout, ...common }));
  }
  if (settings.rescue !== undefined && !inHook) {
    const options = { command: settings.rescue, timeoutMs: settings.dataHookTimeout, ...common };
    sinks.push(eventHook(options, { name: "Rescue command", only: "crash-looping" }));
  }
  if (settings.webhook !== undefined) {
    sinks.push(webhookSink({
      url: settings.webhook,
      timeoutMs: settings.webhookTimeout,
      host: io.hostName,
      self: io.selfCommand,
      dataDir: () => subject?.dataDir,
      run: runCommand,
      ports,
    }));
  }
  if (settings.metricsFile !== undefined) {
    sinks.push(metricsSink({
      path: settings.metricsFile,
      fs: ports.fs,
      lock: ports.lock,
      programs: () =>
        [...subjects.values()].map(({ guarded, service }) => ({
          service,
          status: new BootSentinel(guarded, ports).status(),
        })),
      now: ports.clock.now,
    }));
  }
  const observing = observed(ports, sinks);
  return {
    context: {
      ...context,
      ports: observing.ports,
      onSubject(guarded, service) {
        subject = guarded;
        subjects.set(service ?? "", { guarded, service });
      },
      io: withIo(io, {
        exec(...program) {
          observing.finish();
          return io.exec(...program);
        },
      }),
    },
    finish: observing.finish,
  };
}
