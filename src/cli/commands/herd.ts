/** `herd`: a build that fails on some machines is withheld from the others. @module */
import type { Command, Context } from "../command.ts";
import { HERD } from "../options/options.ts";
import { UnknownNameError } from "../cli_errors.ts";

/** A verb of the command. */
export interface Verb {
  /** The words after the verb are in `context.positionals` from the second on. Returns the exit code. */
  run(context: Context): Promise<number>;
}

/** Each verb loads only what it needs. */
const VERBS: Readonly<Record<string, () => Promise<Verb>>> = {
  init: () => import("./herd/init.ts"),
  join: () => import("./herd/join.ts"),
  leave: () => import("./herd/leave.ts"),
  keygen: () => import("./herd/keygen.ts"),
  sync: () => import("./herd/sync.ts"),
  judge: () => import("./herd/judge.ts"),
  status: () => import("./herd/status.ts"),
  refuse: () => import("./herd/refuse.ts"),
  clear: () => import("./herd/clear.ts"),
  admit: () => import("./herd/admit.ts"),
  publish: () => import("./herd/publish.ts"),
};

/** The command. */
export const command: Command = {
  usage:
    "init --app APP --machines N | join URL --creds FILE | leave | keygen FILE | sync | judge | status [--html FILE] | " +
    "refuse V|--file FILE --reason TEXT | clear V|--file FILE | admit V|--file FILE --share 1 | publish FILE",
  summary: "Withhold a build that fails on some machines from the others",
  details: "The herd only withholds updates: it never rolls back, restores or installs, and every service starts\n" +
    "whatever it says. swap, deploy and quarantine check read its last answer from a file.",
  verbs: Object.keys(VERBS),
  examples: [
    "boot-sentinel herd sync --name web",
    "boot-sentinel herd status --name web",
    "boot-sentinel herd refuse --file server-2.0.0 --reason 'loses orders' --herd-key ~/herd.key --name web",
  ],
  page: "docs/herd.md",
  options: [
    ...HERD,
    "herdKey",
    "herdQuorum",
    "herdThreshold",
    "herdWindow",
    "herdMachines",
    "app",
    "machines",
    "dir",
    "creds",
    "share",
    "file",
    "reason",
    "html",
    "dryRun",
  ],
  positionals: [1, 2],
  async run(context) {
    const [name = ""] = context.positionals;
    const load = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (load === undefined) {
      const verbs = Object.keys(VERBS);
      throw new UnknownNameError(`Unknown verb ${name}: it must be ${verbs.join(", ")}`, name, verbs);
    }
    const { withStoreFaults } = await import("../herd/store_fault.ts");
    return await withStoreFaults({ whose: "the operator or a judge" }, async () => await (await load()).run(context));
  },
};
