/**
 * The build at the program's path: can it be started, and which one is it?
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import { IMAGE_HEAD_BYTES, imageFault, isWindowsScript } from "./executable_format.ts";
import { type FileInfo, FsError, type Ports } from "../ports.ts";
import type { Sentinel } from "../state/schemas.ts";
import type { State } from "../state/state.ts";
import { sameVersion, versionOfDigest } from "./versions.ts";

/** The file at the program's path. */
export interface LiveBuild {
  readonly condition: "startable" | "missing" | "empty" | "unstartable";
  /** Why it cannot be started. */
  readonly fault?: string | undefined;
  readonly info?: FileInfo | undefined;
  /** It could not be looked at, and has the benefit of the doubt. */
  readonly unsure?: boolean;
}

/** Looks at the program without reading more than its head. Never throws. */
export function inspectLive(state: State): LiveBuild {
  return inspectProgram(state.ports, state.exe);
}

/**
 * Looks at any program file. Never throws: what cannot be looked at gets the benefit of the doubt.
 *
 * @param name The name under which it is to be started.
 */
export function inspectProgram(ports: Ports, path: string, name = path): LiveBuild {
  try {
    const info = ports.fs.info(path);
    if (info.kind === "directory") return { condition: "unstartable", fault: "it is a directory", info };
    if (info.kind !== "file") return { condition: "startable", info };
    if (info.size === 0) return { condition: "empty", fault: "it is empty", info };
    if (!ports.fs.executable(path)) return { condition: "unstartable", fault: "it is not executable", info };
    if (isWindowsScript(name, ports.host)) return { condition: "startable", info };
    return { ...judgeHead(ports, path), info };
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") {
      return { condition: "missing", fault: "it does not exist" };
    }
    ports.log("warn", `Cannot look at the program: ${messageOf(error)}; it is taken for startable`);
    return { condition: "startable", unsure: true };
  }
}

function judgeHead(ports: Ports, path: string): LiveBuild {
  try {
    const fault = imageFault(ports.fs.read(path, IMAGE_HEAD_BYTES), ports.host);
    return fault === undefined ? { condition: "startable" } : { condition: "unstartable", fault };
  } catch {
    return { condition: "startable", unsure: true }; // a program may be executable and not readable (mode 0111)
  }
}

/** Why a file cannot be a program here, by its first bytes; its rights are not looked at. */
export function imageFaultOf(ports: Ports, path: string, name: string): string | undefined {
  return isWindowsScript(name, ports.host) ? undefined : judgeHead(ports, path).fault;
}

/** Sha256 of the live build, from memory while its stamp is the one that was hashed; `undefined` when unreadable. */
export function liveDigest(state: State, live: LiveBuild): string | undefined {
  const info = live.info;
  if (info === undefined || info.kind !== "file") return undefined;
  const { record, sentinel } = state;
  for (const memory of [record.live, sentinel, record.lastGood]) {
    if (memory?.stamp === info.stamp && memory.digest !== undefined) return memory.digest;
  }
  try {
    return state.ports.fs.digest(state.exe);
  } catch (error) {
    state.ports.log("warn", `Cannot tell the live build by its bytes: ${messageOf(error)}`);
    return undefined;
  }
}

/** What to call the live build: what it says of itself, what the record knows, or the head of its digest. */
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

/** Beside the last confirmed build, which one is live? */
export function compareWithLastGood(
  state: State,
  digest: () => string | undefined,
): "lastGood" | "other" | "unknown" {
  const { lastGood } = state.record;
  if (lastGood === undefined) return "unknown";
  // Killed between promoting a build and dropping its sentinel: it is confirmed, whatever its version says.
  const promoted = lastGood.proven && lastGood.arming !== undefined && lastGood.arming === state.sentinel?.arming;
  if (!state.subject.watchBytes && !promoted) return "unknown";
  const live = digest();
  if (live === undefined) return "unknown";
  if (live === lastGood.digest) return "lastGood";
  return state.subject.watchBytes ? "other" : "unknown";
}

/** Sha256 of last-good: from the record, or of the seed's file, of which there is no record. */
function lastGoodDigest(state: State): string | undefined {
  const { lastGood } = state.record;
  if (lastGood !== undefined) return lastGood.digest;
  try {
    return state.ports.fs.digest(state.lastGood);
  } catch {
    return undefined;
  }
}
