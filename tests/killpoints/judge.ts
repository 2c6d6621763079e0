/** What a kill left, and where the next boots lead from there. @module */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { about, BUILDS, membersOf, RELEASE, type Site } from "./scenarios.ts";
import { start } from "./strace.ts";

/** Enough for three chances, the restore, and one more. */
const BOOTS = 5;

/** Where a site ended up, in one comparable text. */
export type FinalState = string;

/** What is wrong with the files right after the kill, or `undefined`. */
export function fault(site: Site): string | undefined {
  const { exe, member } = site;
  const program = buildAt(site, exe);
  if (program === undefined) return `the program is ${existsSync(exe) ? "torn" : "missing"}`;
  if (member !== undefined && !["v1", "v2"].includes(textAt(member.path))) return `the other file is torn or missing`;
  if ((statSync(exe).mode & 0o777) !== 0o755) return "the program's mode changed";
  if (existsSync(`${exe}.last-good`) && buildAt(site, `${exe}.last-good`) === undefined) return "last-good is torn";
  return undefined;
}

/** How a site starts its service. With --confirm manual: a watcher is a process of its own. */
export function startCommand(sentinel: string, site: Site): string[] {
  const { kind, dir, exe } = site;
  const service = kind === "file" ? ["--", exe] : ["--guard", exe, "--", join(exe, RELEASE.program)];
  return [sentinel, "run", "--data-dir", dir, "--confirm", "manual", ...membersOf(site), ...service];
}

/** Boots a few times; every boot must start a program. */
export async function boots(sentinel: string, site: Site): Promise<FinalState> {
  for (let boot = 1; boot <= BOOTS; boot++) {
    const { code, output } = await start(startCommand(sentinel, site));
    const started = output.match(/^v[12]$/m)?.[0];
    if (started === undefined) return `boot ${boot} started nothing (exit ${code}): ${output}`;
    const other = site.member === undefined ? started : textAt(site.member.path);
    if (other !== started) return `boot ${boot} started ${started} with the other file of ${other}`;
  }
  return await finalState(sentinel, site);
}

async function finalState(sentinel: string, site: Site): Promise<FinalState> {
  const { dir, exe } = site;
  const { output } = await start([sentinel, "status", "--json", ...about(site)]);
  if (!output.startsWith("{")) return output.replaceAll(dir, ""); // there is no release yet
  const { state, pending, lastGood, generations, quarantined, members, problems } = JSON.parse(output);
  return JSON.stringify({
    program: buildAt(site, exe),
    state,
    pending,
    lastGood: lastGood && untimed(lastGood),
    generations: generations.map(untimed),
    quarantined: quarantined.map(untimed),
    members: members?.map(({ state, kept }: { state: string; kept: boolean }) => `${state} ${kept}`),
    // Their texts name the place.
    problems: problems.map(({ code }: { code: string }) => code),
    // What a killed command leaves under a temporary name, the next confirm removes.
    files: [dir, join(dir, "releases"), join(dir, "app.releases")].flatMap(namesIn),
  });
}

function textAt(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "nothing";
}

function untimed({ time: _, takenAt: __, ...entry }: { time?: string; takenAt?: string }): Record<string, unknown> {
  return entry;
}

function namesIn(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir).filter((name) => !/-tmp-[0-9a-f]{8}$/.test(name)).sort() : [];
}

/** Which build is at a path; `undefined`: none, or not a whole one. */
function buildAt({ kind }: Site, path: string): keyof typeof BUILDS | undefined {
  if (!existsSync(path)) return undefined;
  if (kind === "release") {
    const [program, part] = [join(path, RELEASE.program), join(path, RELEASE.part)];
    if (!existsSync(program) || !existsSync(part)) return undefined;
    const build = readFileSync(part, "latin1") === "v1\n" ? "v1" : "v2";
    return readFileSync(program, "latin1").endsWith(`exit ${build === "v1" ? 0 : 1}\n`) ? build : undefined;
  }
  const text = readFileSync(path, "latin1");
  return (Object.keys(BUILDS) as (keyof typeof BUILDS)[]).find((name) => BUILDS[name] === text);
}
