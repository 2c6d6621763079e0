/** `history`: shows the events. @module */
import { answer, type Command } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { timeline } from "../output/timeline.ts";
import { painter } from "../output/format.ts";
import { sentinelOf } from "../sentinel_of.ts";

/** The command. */
export const command: Command = {
  usage: "--exe PATH [--limit N] [--json] [options]",
  summary: "Show the history: updates, boots on probation, confirms, rollbacks, refused updates",
  details: "Times are UTC. Repeated events are one line with a count; --json shows every event.",
  examples: ["boot-sentinel history --exe /opt/app/server", "boot-sentinel history --exe /opt/app/server --limit 20"],
  page: "docs/status.md",
  options: ["limit"],
  positionals: [0, 0],
  run(context) {
    const { settings, io } = context;
    const events = sentinelOf(context).history();
    const { limit } = settings;
    if (settings.json) {
      answer(context, "", { events: limit === undefined ? events : limit === 0 ? [] : events.slice(-limit) });
    } else if (events.length === 0) {
      io.stdout("Nothing has happened yet: no update was armed, and no program was replaced\n");
    } else {
      io.stdout(timeline(events, painter(io.colours), limit));
    }
    return EXIT.ok;
  },
};
