/** `deploy`: replaces the program by an update, restarts the service, and waits for the verdict. @module */
import { escapedLines } from "../../core/plain_text.ts";
import { followBuild, type Verdict } from "../../service/deploy/follow.ts";
import { restart } from "../../service/deploy/restart.ts";
import { type Command, type Context, exeOf } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { EVENTS } from "../options/options.ts";
import { formatEvent } from "../output/timeline.ts";
import { wordsBlock } from "../output/words_block.ts";
import { sentinelOf } from "../sentinel_of.ts";
import { swapIn, UPDATE_OPTIONS } from "../swap_in.ts";

/** The command. */
export const command: Command = {
  usage: "FILE --to VERSION [--name NAME] [--timeout 5m] [--restart-command COMMAND] [options]",
  summary: "Swap, restart the service, and wait: exit 0 confirmed, 1 put back or refused, 2 not decided in time",
  details:
    "Restarts the unit of the registered service, or runs --restart-command; with neither the service has to be\n" +
    "restarted by somebody else. Prints a line for each event, with --json an object. Ctrl-C ends the waiting only.",
  examples: [
    "boot-sentinel deploy server-2.0.0 --to 2.0.0 --name web",
    "boot-sentinel deploy server-2.0.0 --to 2.0.0 --exe /opt/app/server --restart-command 'sv restart app'",
  ],
  options: [...UPDATE_OPTIONS, "timeout", "restartCommand", "unit", ...EVENTS],
  positionals: [1, 1],
  async run(context) {
    const { settings, io } = context;
    const sentinel = sentinelOf(context);
    const seen = sentinel.history().length;
    const { version, swapped } = await swapIn(context);
    if (swapped.kind === "already" && swapped.confirmed) {
      say(context, `Nothing to deploy: ${exeOf(context)} is ${swapped.version} already, confirmed`, {
        confirmed: true,
      });
      return EXIT.ok;
    }
    if (settings.dryRun) return EXIT.ok;
    const { live } = sentinel.status();
    await restartService(context);
    let isLeft = false;
    io.onTermination(() => isLeft = true);
    const build = { version: swapped.kind === "already" ? swapped.version : version, digest: live.digest, seen };
    const verdict = await followBuild(build, {
      status: () => sentinel.status(),
      history: () => sentinel.history(),
      now: io.now,
      pause: io.pause,
      isLeft: () => isLeft,
      tell: (event) => say(context, formatEvent(event), { ...event }),
    }, settings.timeout);
    return conclude(context, build.version, verdict);
  },
};

async function restartService(context: Context): Promise<void> {
  const { settings, io, ports } = context;
  const done = await restart(
    { command: settings.restartCommand, commandTimeoutMs: settings.timeout, unit: settings.unit },
    io,
  );
  if (done === undefined) {
    ports.log("warn", "Nobody said how to restart the service: restart it now (or name --restart-command, or --unit)");
  } else if ("fault" in done) {
    ports.log("error", `The service was not restarted: ${done.fault}; the update is in place; restart it by hand`);
  } else say(context, `Restarting: ${done.by}`, { event: "restart", by: done.by });
}

function conclude(context: Context, version: string, verdict: Verdict): number {
  switch (verdict.kind) {
    case "confirmed":
      say(context, `Deployed: ${version} is confirmed`, { confirmed: true });
      return EXIT.ok;
    case "failed": {
      const { reason, ends } = verdict;
      const text = [`Not deployed: ${version} failed; ${reason}`, ...wordsBlock(ends).map((line) => `    ${line}`)];
      say(context, text.join("\n"), { confirmed: false, reason, ends });
      return EXIT.no;
    }
    case "undecided": {
      const why = verdict.left ? "no longer waited for" : "not decided in time";
      const text = `${version} is ${why}: ${verdict.reason}; the deployment goes on: boot-sentinel status`;
      say(context, text, { confirmed: null, reason: verdict.reason });
      return EXIT.unknown;
    }
  }
}

/** One line a change, with --json one object. */
function say({ settings, io }: Context, text: string, json: Record<string, unknown>): void {
  if (settings.json) io.stdout(JSON.stringify({ schema: 1, ...json }) + "\n");
  else if (!settings.quiet) io.stdout(escapedLines(text) + "\n");
}
