/** `herd judge`: decides which machines may take a build, from what they report. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { runJudge } from "../../../herd/judge/run_judge.ts";
import type { Context } from "../../command.ts";
import { UsageError } from "../../cli_errors.ts";
import { say } from "../../follow.ts";
import { judgedText } from "../../herd/judged_text.ts";
import { judgeOptions, openStore, storeAddress } from "../../herd_of.ts";

/** The verb. Runs until it is told to end; any number may run. */
export async function run(context: Context): Promise<number> {
  const { io, ports, settings } = context;
  if (settings.dryRun) {
    throw new UsageError(
      "Cannot judge in a dry run: herd status shows what the judge says of each build; nothing was changed",
    );
  }
  const { app } = storeAddress(context);
  const leaving = new AbortController();
  io.onTermination(() => leaving.abort());
  await runJudge({
    open: () => openStore(context),
    fleet: { app, keys: settings.herdKeys ?? [], clock: ports.clock.now },
    options: judgeOptions(context),
    holder: `${io.hostName} ${io.pid} ${crypto.randomUUID().slice(0, 8)}`,
    io,
    signal: leaving.signal,
    log: ports.log,
    tell: (judged) => {
      const { build: { digest, version }, ruling } = judged;
      say(context, judgedText(judged), {
        time: new Date(ports.clock.now()).toISOString(),
        digest,
        version,
        ...ruling,
      });
    },
  });
  return EXIT.ok;
}
