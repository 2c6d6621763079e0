/** `swap`: replaces the program by an update. @module */
import { answer, type Command, exeOf } from "../../command.ts";
import { EXIT } from "../../../core/exit_codes.ts";
import { EVENTS } from "../../options/options.ts";
import { swapIn, UPDATE_OPTIONS } from "../../swap_in.ts";

/** The command. */
export const command: Command = {
  usage: "FILE --to VERSION --exe PATH [--sha256 HEX] [options]",
  summary: "Verify FILE, arm VERSION and replace the program by a copy of FILE, atomically",
  details: "Refuses a quarantined build with exit 1. With --minisign-key FILE needs a valid signature.\n" +
    "FILE itself is not changed. Restart the service afterwards.",
  examples: [
    "boot-sentinel swap /tmp/server-2.0.0 --to 2.0.0 --exe /opt/app/server && systemctl restart app",
    "boot-sentinel swap /tmp/server-2.0.0 --to 2.0.0 --exe /opt/app/server --minisign-key RWQf6LRCGA9i53…",
    "boot-sentinel swap /tmp/server-2.0.0 --to 2.0.0 --name app --with-file /etc/app/app.toml=/tmp/app.toml",
    "boot-sentinel swap /tmp/server-2.0.0 --to 2.0.0 --exe /opt/app/server --dry-run",
  ],
  page: "docs/deploy.md",
  options: [...UPDATE_OPTIONS, ...EVENTS],
  positionals: [1, 1],
  async run(context) {
    const { version, swapped } = await swapIn(context);
    const exe = exeOf(context);
    if (swapped.kind === "already") {
      const { version: known, confirmed } = swapped;
      const how = confirmed ? "confirmed" : "not confirmed yet";
      answer(context, `Nothing was changed: ${exe} has these bytes already; they are known as ${known}, ${how}`, {
        swapped: null,
        live: known,
        confirmed,
      });
      return EXIT.ok;
    }
    answer(context, `Swapped: ${exe} is ${version} now, and on probation; restart the service`, { swapped: version });
    return EXIT.ok;
  },
};
