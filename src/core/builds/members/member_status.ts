/** What the status says of members. @module */
import { FsError } from "../../fs_port.ts";
import type { Problem, ProblemCode } from "../../problem.ts";
import { shellWord } from "../../shell_word.ts";
import type { State } from "../../state/state.ts";
import { RELOAD_NEEDED } from "./intent.ts";
import { memberFlaw } from "./member_fault.ts";
import { digestAt, isMember, isOwn, keptPath, ownMembers } from "./members.ts";

/**
 * A file that goes and comes back with the builds.
 *
 * @example Whether somebody has edited the configuration
 * ```ts
 * import { BootSentinel, type MemberStatus } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/etc/app.toml", "workers = 1");
 * const options = { dataDir: "/state", exe: "/app", members: ["/etc/app.toml"] };
 * const sentinel = new BootSentinel(options, memoryPorts(fs));
 *
 * sentinel.confirmHealthy();
 * fs.put("/etc/app.toml", "workers = 2");
 * const [member]: readonly MemberStatus[] = sentinel.status().members ?? [];
 * assertEquals([member?.state, member?.kept], ["changed", true]);
 * ```
 */
export interface MemberStatus {
  /** Its path. */
  readonly path: string;
  /**
   * `own`: it is that of the live build. `changed`: somebody has changed, made or removed it. `unknown`: it is not known
   * what the live build has there, or it cannot be read.
   */
  readonly state: "own" | "changed" | "unknown";
  /** Last-good can get it back: its copy is intact, or last-good has no such file. */
  readonly kept: boolean;
}

/** The members and whether each is the live build's own. Reads them all. `live`: the live build's sha256. */
export function memberStatus(state: State, live: string | undefined): MemberStatus[] {
  const own = ownMembers(state, live);
  const kept = state.record.lastGood?.members ?? [];
  return (state.subject.members ?? []).map((path) => {
    const known = own.find((member) => member.path === path);
    const copy = kept.find((member) => member.path === path);
    const found = known === undefined ? false : readable(() => isOwn(state, known));
    return {
      path,
      state: known === undefined || found === undefined ? "unknown" : found ? "own" : "changed",
      kept: copy !== undefined && (copy.digest === undefined || isIntact(state, copy.kept, copy.digest)),
    };
  });
}

function isIntact(state: State, name: string | undefined, digest: string): boolean {
  const path = keptPath(state, name);
  return path !== undefined && readable(() => digestAt(state, path) === digest) === true;
}

/** `undefined`: it cannot be read. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FsError) return undefined;
    throw error;
  }
}

/** What is wrong with the members. */
export function memberProblems(state: State, members: readonly MemberStatus[]): Problem<ProblemCode>[] {
  const problems: Problem<ProblemCode>[] = [];
  const { intent, reload, lastGood } = state.record;
  const named = withPaths(members.map(({ path }) => path));
  const confirm = ["boot-sentinel confirm --exe", shellWord(state.subject.exe), named].filter(Boolean).join(" ");
  for (const { path, kept } of members) {
    const fault = memberFlaw(state, path);
    if (fault === undefined) {
      if (kept || lastGood === undefined) continue;
      const text = `${path} of last-good cannot be put back: there is no intact copy of it`;
      problems.push({ code: "member-not-kept", text, advice: `while ${lastGood.version} runs, with it: ${confirm}` });
    } else {
      const text = `A member ${fault.what}: ${fault.why}`;
      problems.push({ code: "member-unusable", text, advice: fault.advice });
    }
  }
  if (intent !== undefined) {
    const unnamed = intent.members.map(({ path }) => path).filter((path) => !isMember(state, path));
    const text = `A change of ${state.subject.exe} and its members was interrupted`;
    problems.push(
      unnamed.length === 0
        ? { code: "members-unfinished", text, advice: "start the service: the next boot finishes or undoes it" }
        : {
          code: "members-unfinished",
          text: `${text}, and a boot that does not name ${unnamed.join(", ")} cannot finish it`,
          advice: `name it with every command, or register it with the service: ${withPaths(unnamed)}`,
        },
    );
  }
  if (reload === true) {
    const text = "Unit files among the members were changed, and systemd may not have read them since";
    const advice =
      "restart the service: its ExecStopPost= line has systemd read them before the start; without such a " +
      `line: ${RELOAD_NEEDED}   then restart it, and: ${confirm}`;
    problems.push({ code: "reload-needed", text, advice });
  }
  return problems;
}

function withPaths(paths: readonly string[]): string {
  return paths.map((path) => `--with ${shellWord(path)}`).join(" ");
}
