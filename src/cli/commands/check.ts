/** `check`: runs the gate without starting the program. @module */
import { steadyOutcome } from "../../core/gate/steady.ts";
import type { Subject } from "../../core/subject.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import { messageOf } from "../../core/errors.ts";
import { answer, type Command, type Context, type EarlyContext, subjectFrom, watchedBy } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { DATA, EVENTS } from "../options/options.ts";

/** The command. */
export const command: Command = {
  usage: "--exe PATH [options]",
  summary: "Judge this boot without starting the program: exit 0 to proceed, 75 after a rollback",
  details:
    "As the first step of a service, such as ExecStartPre=. With --unit, whose service starts whatever program is\n" +
    "at its path, exit 0 after a rollback, too, unless --after-rollback is exit.",
  examples: [
    "boot-sentinel check --exe /opt/app/server",
    "ExecStartPre=-+/usr/local/bin/boot-sentinel check --name app --unit %n",
  ],
  page: "docs/boot.md",
  options: [
    "unit",
    "instance",
    ...DATA,
    "confirm",
    "confirmWithin",
    "afterRollback",
    "afterRollbackHook",
    "dataHookTimeout",
    ...EVENTS,
  ],
  positionals: [0, 0],
  gate: true,
  early: (context) =>
    context.settings.json || steadyOutcome(context.ports.fs, bootOf(context)) === undefined ? undefined : EXIT.ok,
  async run(context) {
    const { settings, io, ports } = context;
    const { boot } = await import("../../core/gate/boot.ts");
    const subject = bootOf(context);
    const outcome = boot(ports, subject);
    if (settings.json) answer(context, "", { ...outcome });
    if (outcome.token !== undefined) await keepForWatcher(context, subject, outcome.token);
    if (settings.unit !== undefined) {
      const { startPause } = await import("../../service/start_pause.ts");
      const pauseMs = startPause(outcome, settings.maxAttempts, ports.log);
      if (pauseMs > 0) io.sleep(pauseMs);
    }
    const isOver = outcome.kind === "rolledBack" && (settings.unit === undefined || settings.afterRollback === "exit");
    return isOver ? EXIT.rolledBack : EXIT.ok;
  },
};

/** The watcher comes after the start of the service, which may by then have written what a `file:` probe looks at. */
async function keepForWatcher(context: Context, { dataDir }: Subject, token: BootToken): Promise<void> {
  const { settings: { probe = [], advisoryProbe = [] }, ports, io } = context;
  if (![...probe, ...advisoryProbe].some((text) => text.startsWith("file:"))) return;
  const [{ keepBefore }, { watchPolicy }] = await Promise.all([
    import("../../service/health/before_start.ts"),
    import("../run/run_settings.ts"),
  ]);
  try {
    keepBefore(ports.fs, dataDir, token, watchPolicy(context.settings, token), io);
  } catch (error) {
    ports.log("warn", `Cannot keep what file: probes see before the start: ${messageOf(error)}; the start goes on`);
  }
}

function bootOf(context: EarlyContext): Subject {
  const { settings, io } = context;
  return subjectFrom(context, {
    isBeside: true,
    // With --app-version builds are identified by version, as with the library; without it by their sha256.
    watchBytes: settings.appVersion === undefined,
    // Beside a unit `watch` looks after the boot.
    ...(settings.unit === undefined ? {} : watchedBy(settings)),
    invocation: settings.unit === undefined ? undefined : io.env.get("INVOCATION_ID"),
  });
}
