/**
 * The live build, the file at the program's path: can it be started, and which build is it?
 *
 * @module
 */
import { messageOf, SentinelError } from "../errors.ts";
import { IMAGE_HEAD_BYTES, imageFault, isWindowsScript } from "./executable_format.ts";
import { type FileInfo, type Fingerprint, FsError, type Ports } from "../ports.ts";
import { identify } from "./identity.ts";
import { sibling } from "../state/paths.ts";
import type { Sentinel } from "../state/schemas.ts";
import { shellWord } from "../shell_word.ts";
import type { State } from "../state/state.ts";
import { sameVersion, versionOfDigest } from "./versions.ts";

/** The file at the program's path. */
export interface LiveBuild {
  readonly condition: "startable" | "missing" | "empty" | "unstartable";
  /** Why it cannot be started. */
  readonly fault?: string | undefined;
  /** It may not be executed, for its mode or where it lies: its bytes are not at fault. */
  readonly isForbidden?: boolean | undefined;
  readonly info?: FileInfo | undefined;
  /** It could not be read, so it is taken for startable. */
  readonly unsure?: boolean;
}

/** Inspects the program; reads no more than its header. Never throws. */
export function inspectLive(state: State): LiveBuild {
  return inspectProgram(state, state.exe);
}

/**
 * Inspects any file that is a build of the program, or is to become one. Never throws: a file that cannot be read is
 * taken for startable.
 *
 * @param name The name under which it would be started: Windows recognises batch files by it.
 */
export function inspectProgram({ ports, subject }: State, path: string, name = path): LiveBuild {
  try {
    const info = ports.fs.info(path);
    if (info.kind === "directory") return { condition: "unstartable", fault: "it is a directory", info };
    if (info.kind !== "file") return { condition: "startable", info };
    if (info.size === 0) return { condition: "empty", fault: "it is empty", info };
    // What an interpreter reads needs neither the mode nor the first bytes of a program.
    if (subject.isStarted === false) return { condition: "startable", info };
    if (!ports.fs.executable(path)) {
      return { condition: "unstartable", fault: "it is not executable", isForbidden: true, info };
    }
    if (isWindowsScript(name, ports.host)) return { condition: "startable", info };
    return { ...judgeHead(ports, path), info };
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") {
      return { condition: "missing", fault: "it does not exist" };
    }
    ports.log("warn", `Cannot inspect the program: ${messageOf(error)}; it is assumed to be startable`);
    return { condition: "startable", unsure: true };
  }
}

/** What to do about a plain directory at the program's path. */
export function adoptAdvice(path: string): string {
  return "a directory is guarded as a release, by a link that leads to it; " +
    `boot-sentinel adopt ${shellWord(path)} moves it to ${
      sibling(path, "releases")
    }/0 and puts such a link in its place`;
}

/** Throws when a plain directory is at the program's path: no command can work on it as a build. */
export function refuseDirectory(state: State): void {
  if (inspectLive(state).info?.kind !== "directory") return;
  const { exe } = state.subject;
  throw new SentinelError("missing", `Cannot guard ${exe}: it is a directory; nothing changed; ${adoptAdvice(exe)}`);
}

/** True when this machine can start the program; false also if that could not be found out. */
export function isSurelyStartable(state: State, path: string): boolean {
  const { condition, unsure } = inspectProgram(state, path, state.exe);
  return condition === "startable" && unsure !== true;
}

function judgeHead(ports: Ports, path: string): LiveBuild {
  try {
    const fault = imageFault(ports.fs.read(path, IMAGE_HEAD_BYTES), ports.host);
    return fault === undefined ? { condition: "startable" } : { condition: "unstartable", fault };
  } catch {
    return { condition: "startable", unsure: true }; // mode 0111: executable, but not readable
  }
}

/** Why a file's first bytes are not those of a program for this machine. Its permissions are not checked. */
export function imageFaultOf({ ports, subject, exe }: State, path: string): string | undefined {
  return subject.isStarted === false || isWindowsScript(exe, ports.host) ? undefined : judgeHead(ports, path).fault;
}

/** Sha256 of the live build; `undefined` when it cannot be read. */
export function liveDigest(state: State, live: LiveBuild): string | undefined {
  return identifyLive(state, live)?.digest;
}

/** The live build, read only if its stamp is not a recorded one; `undefined` when it cannot be read. */
export function identifyLive(state: State, live: LiveBuild): Fingerprint | undefined {
  if (live.info?.kind !== "file") return undefined;
  try {
    return identify(state, state.exe);
  } catch (error) {
    state.ports.log("warn", `Cannot read the live build to identify it: ${messageOf(error)}`);
    return undefined;
  }
}

/** The live build's version: the one it reports, the recorded one, or else the start of its sha256. */
export function liveVersion(state: State, digest: string | undefined): string {
  if (state.subject.version !== undefined) return state.subject.version;
  const { lastGood, generations } = state.record;
  const known = [lastGood, ...(generations ?? [])].find((snapshot) => snapshot?.digest === digest);
  if (known !== undefined) return known.version;
  return digest === undefined ? "unknown" : versionOfDigest(digest);
}

/** True when the sentinel describes the live build. */
export function describesLive(state: State, sentinel: Sentinel, digest: () => string | undefined): boolean {
  if (state.subject.version !== undefined) return sameVersion(sentinel.version, state.subject.version);
  const live = digest();
  if (live === undefined) return true;
  if (sentinel.digest !== undefined) return sentinel.digest === live;
  return live !== sentinel.previous && live !== lastGoodDigest(state);
}

/** Is the last confirmed build live, or another one? */
export function compareWithLastGood(
  state: State,
  digest: () => string | undefined,
): "lastGood" | "other" | "unknown" {
  const { lastGood } = state.record;
  if (lastGood === undefined) return "unknown";
  // A confirm was killed after the promotion and before it removed the sentinel: the build is confirmed. This is
  // compared by bytes even where builds are identified by version.
  const promoted = lastGood.proven && lastGood.arming !== undefined && lastGood.arming === state.sentinel?.arming;
  if (!state.subject.watchBytes && !promoted) return "unknown";
  const live = digest();
  if (live === undefined) return "unknown";
  if (live === lastGood.digest) return "lastGood";
  return state.subject.watchBytes ? "other" : "unknown";
}

/** Sha256 of last-good: from the record, or computed if there is none (the reference implementation made it). */
function lastGoodDigest(state: State): string | undefined {
  const { lastGood } = state.record;
  if (lastGood !== undefined) return lastGood.digest;
  try {
    return state.ports.fs.digest(state.lastGood);
  } catch {
    return undefined;
  }
}
