/** `status`: shows the status. @module */
import { answer, type Command, type Context, pathArgument } from "../command.ts";
import { replaceFile } from "../../core/state/replace_file.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { statusView } from "../output/status_view.ts";
import { painter } from "../output/format.ts";
import { sentinelOf } from "../sentinel_of.ts";

/** How often `--watch` reads the status. */
const WATCH_MS = 1000;

/** The command. */
export const command: Command = {
  usage: "--exe PATH [--json] [--watch] [--html FILE] [options]",
  summary: "Show which builds are live, armed, kept and quarantined, and what is wrong",
  examples: [
    "boot-sentinel status --exe /opt/app/server",
    "boot-sentinel status --exe /opt/app/server --json",
    "boot-sentinel status --exe /opt/app/server --watch",
    "boot-sentinel status --exe /opt/app/server --html /var/www/html/app.html",
  ],
  options: ["watch", "html", "metricsFile", "dryRun"],
  positionals: [0, 0],
  async run(context) {
    if (context.settings.html !== undefined) return await writePage(context, context.settings.html);
    if (context.settings.watch) return watch(context);
    context.io.stdout(shown(context));
    return EXIT.ok;
  },
};

function shown(context: Context): string {
  const { settings, io, ports } = context;
  const status = sentinelOf(context).status();
  if (settings.json) return JSON.stringify(status) + "\n";
  return statusView(status, ports.clock.now(), painter(io.colours));
}

/** Writes the status as an HTML page. */
async function writePage(context: Context, file: string): Promise<number> {
  const { settings, ports } = context;
  const path = pathArgument(context, file);
  const sentinel = sentinelOf(context);
  const { statusPage } = await import("../output/page/page.ts");
  const page = statusPage(sentinel.status(), sentinel.history(), ports.clock.now());
  if (settings.dryRun) {
    answer(context, `would write ${path} (${page.length} characters)`, { file: path });
    return EXIT.ok;
  }
  // 0644, since a web server runs as another user.
  replaceFile(ports.fs, path, page, 0o644);
  answer(context, `Wrote ${path}`, { file: path });
  return EXIT.ok;
}

/** Shows the status until interrupted: redrawn in place on a terminal, else printed again whenever it changes. */
function watch(context: Context): number {
  const { io } = context;
  for (let before = ""; io.sleep(before === "" ? 0 : WATCH_MS) !== "end";) {
    const text = shown(context);
    if (text === before) continue;
    before = text;
    // Each line is cleared when it is written, and the rest of the screen at the end. Clearing it first would flicker.
    io.stdout(!io.terminal ? text : `\x1b[H${text.replaceAll("\n", "\x1b[K\n")}\x1b[J`);
  }
  return EXIT.ok;
}
