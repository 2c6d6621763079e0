/** `deliver`: sends the events in the outbox to the webhook. @module */
import { outboxEntries, sendOutbox } from "../../service/events/outbox.ts";
import { webhookPost } from "../../service/events/webhook.ts";
import { answer, type Command, exeOf } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UsageError } from "../cli_errors.ts";
import { dataDirOf } from "../options/settings.ts";

/** The command. */
export const command: Command = {
  usage: "[--data-dir DIR | --exe PATH] [--webhook URL] [options]",
  summary: "Send the events that wait for the webhook",
  details:
    "Every boot does this, too. For a service that is seldom started, run it by a timer. Exit 1 when events are left.",
  examples: ["boot-sentinel deliver --exe /opt/app/server --webhook https://fleet.example/boot"],
  page: "docs/events.md",
  options: ["webhook", "webhookTimeout", "dryRun"],
  finds: "none",
  positionals: [0, 0],
  async run(context) {
    const { settings, io, ports } = context;
    const { webhook, webhookTimeout } = settings;
    if (webhook === undefined) throw new UsageError("No webhook is set: add --webhook URL");
    const dataDir = dataDirOf(settings, settings.dataDir === undefined ? exeOf(context) : "", io, ports.fs);
    if (settings.dryRun) {
      const waiting = outboxEntries(ports.fs, dataDir).length;
      answer(context, `would send ${waiting} events to ${webhook}`, { sent: 0, refused: 0, left: waiting });
      return EXIT.ok;
    }
    const done = await sendOutbox(ports.fs, dataDir, webhookPost(webhook, webhookTimeout, ports.log));
    answer(context, `Sent ${done.sent} events, ${done.left} are left`, { ...done });
    return done.left === 0 ? EXIT.ok : EXIT.no;
  },
};
