/** `status`: shows the status. @module */
import type { Problem } from "../../core/problem.ts";
import { resolveOrSelf } from "../../core/state/state_files.ts";
import type { Status } from "../../core/status.ts";
import { UsageError } from "../cli_errors.ts";
import { type EachService, eachService } from "../each_service.ts";
import { table } from "../output/table.ts";
import { answer, type Command, type Context, pathArgument } from "../command.ts";
import { replaceFile } from "../../core/state/replace_file.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { type ShownStatus, statusView } from "../output/status_view.ts";
import { painter } from "../output/format.ts";
import { sentinelOf } from "../sentinel_of.ts";

/** How often `--watch` reads the status. */
const WATCH_MS = 1000;

/** The command. */
export const command: Command = {
  usage: "--exe PATH [--json] [--check] [--watch] [--html FILE] [options]",
  summary: "Show which builds are live, armed, kept and quarantined, and what is wrong",
  details: "With several registered services and no name: one line each.\n" +
    "Exit 77 when this user may not read the state. With --check: 0 when the state is steady or probation,\n" +
    "without a problem and not declared bad; else 1.",
  examples: [
    "boot-sentinel status --exe /opt/app/server",
    "boot-sentinel status --exe /opt/app/server --json",
    "boot-sentinel status --exe /opt/app/server --check",
    "boot-sentinel status --exe /opt/app/server --watch",
    "boot-sentinel status --exe /opt/app/server --html /var/www/html/app.html",
  ],
  page: "docs/status.md",
  options: ["check", "watch", "html", "metricsFile", "dryRun"],
  positionals: [0, 0],
  async run(context) {
    const services = context.settings.exe === undefined ? await eachService(context) : [];
    if (services.length > 0) return await several(context, services);
    if (context.settings.html !== undefined) return await writePage(context, context.settings.html);
    if (context.settings.watch) return watch(context);
    const status = await readStatus(context);
    context.io.stdout(shown(context, status));
    return exitCode(context, status);
  },
};

/** One line for each service. */
async function several(context: Context, services: readonly EachService[]): Promise<number> {
  const { settings, io } = context;
  if (settings.html !== undefined || settings.watch) {
    throw new UsageError(`Name one service: --name ${services.map(({ name }) => name).join(", --name ")}`);
  }
  const found = await Promise.all(services.map(async ({ name, context: own }) => {
    if (own instanceof UsageError) {
      return { name, code: EXIT.denied, row: [name, "unseen", "", "", own.message], json: {} };
    }
    const status = await readStatus(own);
    const { state, live, lastGood, pending, problems } = status;
    const what = pending?.failed ?? problems[0]?.text ?? "";
    const boots = pending === null ? "" : `boot ${pending.attempts} of ${pending.maxAttempts}`;
    const row = [name, state, live.version, lastGood?.version ?? "-", what === "" ? boots : what];
    return { name, code: exitCode(own, status), row, json: status };
  }));
  if (settings.json) io.stdout(JSON.stringify(found.map(({ name, json }) => ({ name, ...json }))) + "\n");
  else io.stdout(table([["service", "state", "live", "last-good", ""], ...found.map(({ row }) => row)]));
  const codes = found.map(({ code }) => code);
  return settings.check === true && codes.some((code) => code !== EXIT.ok) ? EXIT.no : Math.max(...codes);
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

function exitCode({ settings }: Context, { state, pending, problems }: ShownStatus): number {
  if (state === "unseen") return EXIT.denied;
  if (settings.check !== true) return EXIT.ok;
  const isFine = state === "steady" || (state === "probation" && pending?.failed === undefined);
  return isFine && problems.length === 0 ? EXIT.ok : EXIT.no;
}

function shown({ settings, io, ports }: Context, status: ShownStatus): string {
  if (settings.json) return JSON.stringify(status) + "\n";
  return statusView(status, ports.clock.now(), painter(io.colours));
}

/** Writes the status as an HTML page. */
async function writePage(context: Context, file: string): Promise<number> {
  const { settings, ports } = context;
  const path = pathArgument(context, file);
  const status = await readStatus(context);
  const { statusPage } = await import("../output/page/page.ts");
  // Who may not read the state may not read the history either.
  const events = status.state === "unseen" ? [] : sentinelOf(context).history();
  const page = statusPage(status, events, ports.clock.now());
  if (settings.dryRun) {
    answer(context, `would write ${path} (${page.length} characters)`, { file: path });
  } else {
    // 0644, since a web server runs as another user.
    replaceFile(ports.fs, path, page, 0o644);
    answer(context, `Wrote ${path}`, { file: path });
  }
  return exitCode(context, status);
}

/** Shows the status until interrupted: redrawn in place on a terminal, else printed again whenever it changes. */
function watch(context: Context): number {
  const { io } = context;
  for (let before = "";;) {
    const status = sentinelOf(context).status();
    const text = shown(context, status);
    // Each line is cleared when it is written, and the rest of the screen at the end. Clearing it first would flicker.
    if (text !== before) io.stdout(!io.terminal ? text : `\x1b[H${text.replaceAll("\n", "\x1b[K\n")}\x1b[J`);
    before = text;
    if (io.sleep(WATCH_MS) === "end") return exitCode(context, status);
  }
}
