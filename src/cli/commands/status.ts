/** `status`: where things stand. @module */
import { type Command, type Context, sentinelOf } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { statusView } from "../status_view.ts";
import { painter } from "../words.ts";

/** How often `--watch` looks. */
const WATCH_MS = 1000;

/** The command. */
export const command: Command = {
  usage: "--exe PATH [--json] [--watch] [options]",
  summary: "Show what is live, armed, kept and held, and what is wrong",
  examples: [
    "boot-sentinel status --exe /opt/app/server",
    "boot-sentinel status --exe /opt/app/server --json",
    "boot-sentinel status --exe /opt/app/server --watch",
  ],
  options: ["watch", "metrics-file"],
  positionals: [0, 0],
  run(context) {
    if (context.settings.watch) return watch(context);
    context.io.stdout(shown(context));
    return EXIT.ok;
  },
};

function shown(context: Context): string {
  const { settings, io, ports } = context;
  const status = sentinelOf(context).status(settings.maxAttempts);
  if (settings.json) return JSON.stringify(status) + "\n";
  return statusView(status, ports.clock.now(), painter(io.colours));
}

/** On a terminal redrawn in place; into a pipe, one more whenever it changes. */
function watch(context: Context): number {
  const { io } = context;
  for (let before = ""; io.sleep(before === "" ? 0 : WATCH_MS) !== "end";) {
    const text = shown(context);
    if (text === before) continue;
    before = text;
    // Each line is cleared as it is written, and the rest at the end: clearing the screen first would flicker.
    io.stdout(!io.terminal ? text : `\x1b[H${text.replaceAll("\n", "\x1b[K\n")}\x1b[J`);
  }
  return EXIT.ok;
}
