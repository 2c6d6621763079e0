/** What a kill left, and where the next boots lead from there. @module */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { BUILDS, type Site } from "./scenarios.ts";
import { start } from "./strace.ts";

/** Enough for three chances, the restore, and one more. */
const BOOTS = 5;

/** Where a site ended up, in one comparable text. */
export type FinalState = string;

/** What is wrong with the files right after the kill, or `undefined`. */
export function fault({ exe }: Site): string | undefined {
  const program = buildAt(exe);
  if (program === undefined) return `the program is ${existsSync(exe) ? "torn" : "missing"}`;
  if ((statSync(exe).mode & 0o777) !== 0o755) return "the program's mode changed";
  if (existsSync(`${exe}.last-good`) && buildAt(`${exe}.last-good`) === undefined) return "last-good is torn";
  return undefined;
}

/** How a site starts its service. With --confirm manual: a watcher is a process of its own. */
export function startCommand(sentinel: string, { dir, exe }: Site): string[] {
  return [sentinel, "run", "--data-dir", dir, "--confirm", "manual", "--", exe];
}

/** Boots a few times; every boot must start a program. */
export async function boots(sentinel: string, site: Site): Promise<FinalState> {
  for (let boot = 1; boot <= BOOTS; boot++) {
    const { code, output } = await start(startCommand(sentinel, site));
    if (!/^v[12]$/m.test(output)) return `boot ${boot} started nothing (exit ${code}): ${output}`;
  }
  return await finalState(sentinel, site);
}

async function finalState(sentinel: string, { dir, exe }: Site): Promise<FinalState> {
  const { output } = await start([sentinel, "status", "--json", "--exe", exe]);
  const { state, pending, lastGood, generations, quarantined, problems } = JSON.parse(output);
  return JSON.stringify({
    program: buildAt(exe),
    state,
    pending,
    lastGood: lastGood && untimed(lastGood),
    generations: generations.map(untimed),
    quarantined: quarantined.map(untimed),
    // Their texts name the place.
    problems: problems.map(({ code }: { code: string }) => code),
    // What a killed command leaves under a temporary name, the next confirm removes.
    files: readdirSync(dir).filter((name) => !/-tmp-[0-9a-f]{8}$/.test(name)).sort(),
  });
}

function untimed({ time: _, takenAt: __, ...entry }: { time?: string; takenAt?: string }): Record<string, unknown> {
  return entry;
}

function buildAt(path: string): keyof typeof BUILDS | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "latin1");
  return (Object.keys(BUILDS) as (keyof typeof BUILDS)[]).find((name) => BUILDS[name] === text);
}
