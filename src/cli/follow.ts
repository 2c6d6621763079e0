/** Following a build until the verdict on it, for the commands that do: on a terminal with a live view. @module */
import { EXIT } from "../core/exit_codes.ts";
import { escapedLines } from "../core/plain_text.ts";
import { shellWord } from "../core/shell_word.ts";
import { followBuild, type Undecided, type Verdict } from "../service/deploy/follow.ts";
import { downText } from "../service/deploy/service_down.ts";
import { SentinelError } from "../core/errors.ts";
import { showProblem } from "../core/problem.ts";
import { sameVersion } from "../core/builds/versions.ts";
import { UsageError } from "./cli_errors.ts";
import { type Context, exeOf } from "./command.ts";
import { painter } from "./output/format.ts";
import { liveLines, type LiveView, liveView } from "./output/live_view.ts";
import { formatEvent } from "./output/timeline.ts";
import { wordsBlock } from "./output/words_block.ts";
import { sentinelOf } from "./sentinel_of.ts";

/** A build to follow. */
export interface FollowedBuild {
  readonly version: string;
  readonly digest: string;
  /** How many events of the history are older than it. */
  readonly seen: number;
}

/** Tells what happens to a build, until the verdict, `--timeout`, or Ctrl-C; returns the exit code. */
export async function follow(context: Context, build: FollowedBuild): Promise<number> {
  const { settings, io } = context;
  const sentinel = sentinelOf(context);
  const begun = io.now();
  const isLive = io.terminal && !settings.json && !settings.quiet;
  const view: LiveView | undefined = isLive ? liveView(io.stdout) : undefined;
  const paint = painter(io.colours);
  let isLeft = false;
  io.onTermination(() => isLeft = true);
  const verdict = await followBuild(build, {
    status: () => sentinel.status(),
    history: () => sentinel.history(),
    now: io.now,
    clock: () => context.ports.clock.now(),
    pause: io.pause,
    isLeft: () => isLeft,
    tell: (event) => say(context, formatEvent(event), { ...event }, view),
    show: (status) => view?.draw(liveLines(status, Math.floor((io.now() - begun) / 1000), paint)),
    down: () => settings.unit === undefined ? Promise.resolve(undefined) : downText(settings.unit, io.systemctl),
  }, settings.timeout);
  view?.clear();
  return conclude(context, build, verdict);
}

/** Who may not read the state cannot be told what becomes of a build. */
export function refuseUnseen(context: Context): void {
  const { state, problems: [problem] } = sentinelOf(context).status();
  if (state === "unseen" && problem !== undefined) throw new UsageError(showProblem(problem), EXIT.denied);
}

/** The build that is live; of a program that was lost the one that the next start puts back. */
export function liveBuild(context: Context): { readonly version: string; readonly digest: string } {
  const { live, lastGood, problems } = sentinelOf(context).status();
  if (live.digest !== "") return live;
  if (lastGood !== null) return lastGood;
  const text = problems[0]?.text ?? `There is no program ${exeOf(context)}`;
  throw new SentinelError(
    "noLastGood",
    `${text}, and no build of it is kept; nothing was changed; install a good build`,
  );
}

/** Follows the build of the version `--to`, which need not be live any more, or else the one that is live. */
export async function followNamed(context: Context): Promise<number> {
  const { to } = context.settings;
  refuseUnseen(context);
  const sentinel = sentinelOf(context);
  const { live, quarantined, lastGood, generations } = sentinel.status();
  const known = [live, ...quarantined.toReversed(), ...lastGood === null ? [] : [lastGood], ...generations];
  const build = to === undefined ? liveBuild(context) : known.find(({ version }) => sameVersion(version, to));
  if (build === undefined) {
    throw new UsageError(`Cannot follow ${to}: it is neither live (${live.version} is), nor kept, nor quarantined`);
  }
  const { version, digest = "" } = build;
  return await follow(context, { version, digest, seen: sentinel.history().length });
}

const UNDECIDED: Record<Undecided["why"], string> = {
  left: "no longer waited for",
  late: "not decided in time",
  stuck: "not decided",
};

/** Tells the verdict; returns its exit code. */
export function conclude(context: Context, { version, digest }: FollowedBuild, verdict: Verdict): number {
  const which = { version, digest };
  switch (verdict.kind) {
    case "confirmed":
      say(context, `Deployed: ${version} is confirmed`, { confirmed: true, ...which });
      return EXIT.ok;
    case "failed": {
      const { reason, ends } = verdict;
      const text = [`Not deployed: ${version} failed; ${reason}`, ...wordsBlock(ends).map((line) => `    ${line}`)];
      say(context, text.join("\n"), { confirmed: false, reason, ends, ...which });
      return EXIT.no;
    }
    case "undecided": {
      const { reason, why, needsStart } = verdict;
      // It is named: another build may be live by then.
      const further = `boot-sentinel watch --follow --to ${shellWord(version)} ${serviceWords(context)}`;
      const next = needsStart ? "it goes on with the next start of the service" : "the deployment goes on";
      say(context, `${version} is ${UNDECIDED[why]}: ${reason}; ${next}: ${further}`, {
        confirmed: null,
        reason,
        ...which,
      });
      return EXIT.unknown;
    }
  }
}

/** The options that name the service of a command again. */
export function serviceWords(context: Context): string {
  const { name } = context.settings;
  return name === undefined ? `--exe ${shellWord(exeOf(context))}` : `--name ${shellWord(name)}`;
}

/** One line a change, with --json one object. */
export function say(
  { settings, io }: Context,
  text: string,
  json: Record<string, unknown>,
  view: Pick<LiveView, "above"> = { above: io.stdout },
): void {
  if (settings.json) io.stdout(JSON.stringify({ schema: 1, ...json }) + "\n");
  else if (!settings.quiet) view.above(escapedLines(text) + "\n");
}
