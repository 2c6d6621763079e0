/**
 * Kills the compiled executable at every file-changing system call of every command, and boots from what is left:
 *
 *     bun tests/killpoints/main.ts dist/boot-sentinel
 *
 * Right after each kill the program is whole, old or new, and last-good is whole or absent; every later boot starts a
 * program; and the boots end where the command not begun, or the command completed, ends. After the same command again
 * they end where it completed. Two broken commands show first that the judge has eyes.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { boots, fault, type FinalState, startCommand } from "./judge.ts";
import { about, lay, type Scenario, SCENARIOS, type Site } from "./scenarios.ts";
import { isSame, killAt, type KillPoint, killPoints, start } from "./strace.ts";

const sentinel = resolve(process.argv[2] ?? process.env["SENTINEL_UNDER_TEST"] ?? "dist/boot-sentinel");
const only = process.argv[3];

/** Restores as they should not be written, and what the judge must find. */
const BROKEN: Record<string, string> = {
  "the program is torn": "fs.writeFileSync(exe, fs.readFileSync(exe + '.last-good'))",
  "the program is missing": "fs.renameSync(exe, exe + '.old'); fs.renameSync(exe + '.last-good', exe)",
};

/** Memory, where programs may be started from it: a kill loses nothing that was written, so no disk need be waited for. */
const scratch = startsFrom("/dev/shm") ? "/dev/shm" : tmpdir();

function startsFrom(dir: string): boolean {
  const probe = join(dir, `probe-${process.pid}`);
  try {
    writeFileSync(probe, "#!/bin/sh\n", { mode: 0o755 });
    return spawnSync(probe).status === 0;
  } catch {
    return false;
  } finally {
    rmSync(probe, { force: true });
  }
}

async function inSite<T>(scenario: Scenario, use: (site: Site) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(scratch, "kill-"));
  try {
    return await use(await lay(dir, sentinel, scenario));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The runtime opens a file more or less from run to run, which moves the point: then it is looked for again. */
const SHOTS = 6;
const MISSED = Symbol("missed");

type CommandOf = (scenario: Scenario, site: Site) => string[];

const own: CommandOf = (scenario, site) =>
  scenario.command === undefined
    ? startCommand(sentinel, site)
    : [sentinel, ...scenario.command(site), ...scenario.guards === "plain" ? [] : about(site)];
const broken = (body: string): CommandOf => (_, { exe }) => [
  process.execPath,
  "-e",
  `const fs = require("node:fs"); const exe = process.argv.at(-1); ${body}`,
  exe,
];

/** What is bad about a kill there, or `undefined`. */
async function judge(
  scenario: Scenario,
  command: CommandOf,
  point: KillPoint,
  allowed: readonly FinalState[],
  done: FinalState,
): Promise<string | undefined> {
  const afterKill = async (use: (site: Site) => Promise<string | undefined>) => {
    let aim = point;
    for (let shot = 1; shot <= SHOTS; shot++) {
      const outcome = await inSite(scenario, async (site) => {
        if (!await killAt(site.dir, command(scenario, site), aim)) return MISSED;
        return fault(site) ?? await use(site);
      });
      if (outcome !== MISSED) return outcome;
      const points = await inSite(scenario, (site) => killPoints(site.dir, command(scenario, site)));
      aim = points.find((other) => isSame(other, point)) ?? aim;
    }
    return `the point was not met in ${SHOTS} runs`;
  };
  const alone = await afterKill(async (site) => {
    const end = await boots(sentinel, site);
    return allowed.map(essence).includes(essence(end)) ? undefined : `the boots end elsewhere: ${end}`;
  });
  if (alone !== undefined || scenario.command === undefined) return alone;
  return await afterKill(async (site) => {
    const { output } = await start(command(scenario, site));
    const end = await boots(sentinel, site);
    return end === done ? undefined : `after the same command again they end elsewhere: ${end} (${output.trim()})`;
  });
}

/**
 * The state without what may differ: a copy that was cut short stays until the next command of its kind, and the boot
 * that completes a rollback counts itself.
 */
function essence(state: FinalState): FinalState {
  if (!state.startsWith("{")) return state;
  const { files: _, generations: __, quarantined, ...others } = JSON.parse(state);
  return JSON.stringify({
    ...others,
    held: quarantined.map(({ attempts: _, ...entry }: { attempts: number }) => entry),
  });
}

async function killEverywhere(
  scenario: Scenario,
  command: CommandOf,
): Promise<{ points: KillPoint[]; bad: string[] }> {
  const found = await inSite(scenario, (site) => killPoints(site.dir, command(scenario, site)));
  const points = found.filter((point) => scenario.tries?.(point) ?? true);
  const done = await inSite(scenario, async (site) => {
    await start(own(scenario, site));
    return boots(sentinel, site);
  });
  const undone = scenario.command === undefined ? done : await inSite(scenario, (site) => boots(sentinel, site));
  const bad: string[] = [];
  const queue = [...points];
  const worker = async () => {
    for (let point = queue.shift(); point !== undefined; point = queue.shift()) {
      const trouble = await judge(scenario, command, point, [undone, done], done);
      if (trouble !== undefined) bad.push(`${point.call} ${point.about}: ${trouble}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return { points, bad };
}

let passed = 0;
let failed = 0;

function report(title: string, good: number, bad: number): void {
  console.log(`${bad === 0 ? "ok     " : "FAILED "} ${title}`);
  passed += good;
  failed += bad;
}

const restoring = SCENARIOS[0];
if (restoring !== undefined && only === undefined) {
  for (const [finding, body] of Object.entries(BROKEN)) {
    const { points, bad } = await killEverywhere(restoring, broken(body));
    const seen = bad.some((line) => line.endsWith(finding));
    const title = `broken on purpose, ${finding}: ${points.length} kill points, ${bad.length} bad`;
    report(title, seen ? 1 : 0, seen ? 0 : 1);
    if (!seen) console.log(`        ${bad.join("\n        ")}`);
  }
}
for (const scenario of SCENARIOS) {
  if (only !== undefined && !scenario.name.includes(only)) continue;
  const { points, bad } = await killEverywhere(scenario, own);
  const title = `${scenario.name}: ${points.length} kill points, ${bad.length} bad`;
  report(title, points.length - bad.length, points.length === 0 ? 1 : bad.length);
  for (const line of bad) console.log(`        ${line}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
