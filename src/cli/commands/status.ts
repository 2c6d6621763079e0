/** `status`: shows the status. @module */
import type { Problem } from "../../core/problem.ts";
import { nameOf } from "../../core/state/paths.ts";
import { type Fs, FsError } from "../../core/fs_port.ts";
import { resolveOrSelf } from "../../core/state/state_files.ts";
import type { Status } from "../../core/status.ts";
import { configProblem, UsageError } from "../cli_errors.ts";
import { type EachService, eachService } from "../each_service.ts";
import { table } from "../output/table.ts";
import { answer, type Command, type Context, pathArgument } from "../command.ts";
import { replaceFile } from "../../core/state/replace_file.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { briefly, needsAttention, type ShownStatus, statusView } from "../output/status_view.ts";
import type { PageService } from "../output/page/page.ts";
import { painter } from "../output/format.ts";
import { sentinelOf } from "../sentinel_of.ts";

/** How often `--watch` reads the status. */
const WATCH_MS = 1000;

/** The command. */
export const command: Command = {
  usage: "[--exe PATH | --name SERVICE] [--json] [--check] [--watch] [--html FILE] [options]",
  summary: "Show which builds are live, armed, kept and quarantined, and what is wrong",
  details:
    "With several registered services and no name: one line each, with --json an array, with --html one page of\n" +
    "all, with --metrics-file the metrics of all.\n" +
    "Exit 77 when this user may not read the state, 78 when settings are invalid. With --check: 0 when the state is\n" +
    "steady or probation, without a problem and not declared bad; else 1. Of several services the worst counts; with\n" +
    "--check also one that cannot be read is 1.",
  examples: [
    "boot-sentinel status",
    "boot-sentinel status --exe /opt/app/server --json",
    "boot-sentinel status --check",
    "boot-sentinel status --watch",
    "boot-sentinel status --html /var/www/html/services.html",
  ],
  page: "docs/status.md",
  options: ["check", "watch", "html", "metricsFile", "dryRun"],
  positionals: [0, 0],
  async run(context) {
    const { html, watch } = context.settings;
    if (html !== undefined && watch) {
      throw new UsageError("Cannot use --watch with --html: nothing was written; write the page from a timer instead");
    }
    if (watch) return await watchAll(context);
    const seen = await look(context, readStatus);
    if (html !== undefined) await writePage(context, seen, html);
    else context.io.stdout(shown(context, seen));
    return exitCode(context, seen);
  },
};

/** The services that the command is about. */
interface Seen {
  /** They are all services of the machine, not the one that was asked for. */
  readonly isAll: boolean;
  readonly services: readonly SeenService[];
}

/** A service; without a status its settings cannot be read. */
type SeenService =
  | { readonly name: string; readonly context: Context; readonly status: ShownStatus }
  | { readonly name: string; readonly context: UsageError; readonly status?: undefined };

async function look(context: Context, read: (context: Context) => Promise<ShownStatus>): Promise<Seen> {
  const all = context.settings.exe === undefined ? await eachService(context) : [];
  const one = async ({ name, context: own }: EachService): Promise<SeenService> =>
    own instanceof UsageError ? { name, context: own } : { name, context: own, status: await read(own) };
  const services = all.length > 0 ? all : [{ name: context.settings.name ?? "", context }];
  return { isAll: all.length > 0, services: await Promise.all(services.map(one)) };
}

/** The status, and after a rollback what the package manager says. */
async function readStatus(context: Context): Promise<ShownStatus> {
  const status = sentinelOf(context).status();
  const problem = await packageProblem(context, status);
  return problem === undefined ? status : { ...status, problems: [...status.problems, problem] };
}

/** The package manager does not know of a rollback: it goes by what it has installed. */
async function packageProblem({ ports, io }: Context, status: Status): Promise<Problem | undefined> {
  const { state, rolledBack, live, exe } = status;
  if (state !== "rolled-back" || live.version !== rolledBack?.to || ports.host.os !== "linux") return undefined;
  const { isPackageVersion, packageOwner } = await import("../../service/package_owner.ts");
  const owner = await packageOwner(resolveOrSelf(ports.fs, exe), io.runTool);
  if (owner === undefined || isPackageVersion(owner.version, live.version)) return undefined;
  return {
    code: "package-differs",
    text: `The package ${owner.package} is ${owner.version} for dpkg, but the program is ${live.version}, which was ` +
      "put back",
    advice: `install a good version of ${owner.package}`,
  };
}

function exitCode({ settings }: Context, { isAll, services }: Seen): number {
  const codes = services.map(({ context, status }) => {
    if (status === undefined) return context.exitCode;
    if (status.state === "unseen") return EXIT.denied;
    return settings.check && needsAttention(status) ? EXIT.no : EXIT.ok;
  });
  if (isAll && settings.check && codes.some((code) => code !== EXIT.ok)) return EXIT.no;
  return Math.max(...codes);
}

function shown({ settings, io, ports }: Context, { isAll, services }: Seen): string {
  if (settings.json) {
    const all = services.map(({ name, context, status }) =>
      status === undefined ? { name, ...unreadable(context) } : isAll ? { name, ...status } : status
    );
    return JSON.stringify(isAll ? all : all[0]) + "\n";
  }
  const [first] = services;
  if (!isAll && first?.status !== undefined) return statusView(first.status, ports.clock.now(), painter(io.colours));
  const rows = services.map(({ name, context, status }) =>
    status === undefined ? [name, "unseen", "", "", context.message] : [name, status.state, ...briefly(status)]
  );
  return table([["service", "state", "live", "last-good", ""], ...rows]);
}

/** What is said of a service whose settings cannot be read. */
function unreadable(error: UsageError): Pick<Status, "schema"> & Pick<ShownStatus, "state" | "problems"> {
  return { schema: 1, state: "unseen", problems: [configProblem(error)] };
}

/** Writes the status as an HTML page. */
async function writePage(context: Context, { services }: Seen, file: string): Promise<void> {
  const { settings, ports, io } = context;
  const path = pathArgument(context, file);
  const { statusPage } = await import("../output/page/page.ts");
  const page = statusPage({ host: io.hostName, services: services.map(pageService), now: ports.clock.now() });
  if (settings.dryRun) {
    answer(context, `would write ${path} (${page.length} characters)`, { file: path });
  } else {
    if (isDirectory(ports.fs, path)) {
      throw new UsageError(`Cannot write ${path}: it is a directory; nothing was written; name a file in it`);
    }
    // 0644, since a web server runs as another user.
    replaceFile(ports.fs, path, page, 0o644);
    answer(context, `Wrote ${path}`, { file: path });
  }
}

function isDirectory(fs: Fs, path: string): boolean {
  try {
    return fs.info(path).kind === "directory";
  } catch {
    return false; // to be written, or to be told when it is
  }
}

function pageService({ name, context, status }: SeenService): PageService {
  if (status === undefined) return { name, found: context.message };
  const title = name || nameOf(status.exe);
  // Who may not read the state may not read the history either.
  if (status.state === "unseen") return { name: title, found: { status, events: undefined } };
  try {
    return { name: title, found: { status, events: sentinelOf(context).history() } };
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    // The other services are shown all the same.
    const text = `The history cannot be shown: ${error.message}`;
    const problem = {
      code: "history-unreadable",
      text,
      advice: "inspect that file, and remove it if it is no history",
    };
    return {
      name: title,
      found: { status: { ...status, problems: [...status.problems, problem] }, events: undefined },
    };
  }
}

/** Shows the status until interrupted: redrawn in place on a terminal, else printed again whenever it changes. */
async function watchAll(context: Context): Promise<number> {
  const { io, settings } = context;
  const redraws = io.terminal && !settings.json;
  // The package manager is not asked each second.
  const read = (own: Context) => Promise.resolve(sentinelOf(own).status());
  for (let before = "";;) {
    const seen = await look(context, read);
    const text = shown(context, seen);
    // The ages in the text change by themselves.
    const now = redraws ? text : JSON.stringify(seen.services.map(({ context, status }) => status ?? context.message));
    // Each line is cleared when it is written, and the rest of the screen at the end. Clearing it first would flicker.
    if (now !== before) io.stdout(!redraws ? text : `\x1b[H${text.replaceAll("\n", "\x1b[K\n")}\x1b[J`);
    before = now;
    if (io.sleep(WATCH_MS) === "end") return exitCode(context, seen);
  }
}
