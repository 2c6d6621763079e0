/**
 * The boot token: identifies one boot, so that a watcher can report on it later.
 *
 * @module
 */
import type { Fs } from "../fs_port.ts";
import type { BootCount, Sentinel } from "../state/schemas.ts";
import type { State } from "../state/state.ts";
import type { Subject } from "../subject.ts";

/** Identifies a watched boot. It is passed to another process as JSON. */
export interface BootToken {
  /**
   * An update on probation, a restored build, the first build, for which there is no last-good yet, or the confirmed
   * build, whose last start ended by itself.
   */
  readonly kind: "probation" | "restored" | "first" | "crashed";
  /** The boot's number. */
  readonly boot: number;
  /** The number of the build's arming. */
  readonly arming?: number | undefined;
  /** The stamp of the program's file at this boot. */
  readonly stamp?: string | undefined;
  /**
   * The watcher must not stop a build that is not healthy: there is no last-good, or last-good fails as well, so a
   * restart would not help.
   */
  readonly lenient: boolean;
  /** The build was not healthy at the deadline of an earlier boot: this boot gets a shorter one. */
  readonly hurried?: boolean | undefined;
}

/** The token of a build on probation. None without a watcher, or when the attempt was never written. */
export function tokenOf(state: State, lenient: boolean): { token?: BootToken } {
  const { sentinel, subject: { watched, awaited } } = state;
  if ((watched !== true && awaited !== true) || sentinel?.boot === undefined) return {};
  return { token: probationToken(sentinel, sentinel.boot, lenient) };
}

/** The token of a restored build. */
export function tokenOfRestored(count: BootCount, lenient: boolean): BootToken {
  return { kind: "restored", boot: count.boot ?? 0, lenient, ...hurry(count) };
}

function probationToken(sentinel: Sentinel, boot: number, lenient: boolean): BootToken {
  return { kind: "probation", boot, arming: sentinel.arming, lenient, ...hurry(sentinel) };
}

function hurry({ missed = 0 }: BootCount): Pick<BootToken, "hurried"> {
  return missed > 0 ? { hurried: true } : {};
}

/** The token of the current boot, for a process that did not judge it. None when nothing is pending. */
export function openToken({ sentinel, record }: State): BootToken | undefined {
  if (sentinel?.boot !== undefined) {
    return probationToken(sentinel, sentinel.boot, false);
  }
  const { rolledBack } = record;
  if (rolledBack?.boot === undefined || rolledBack.healthy !== undefined) return undefined;
  return tokenOfRestored(rolledBack, false);
}

/** The token of a build for which there is no last-good yet. */
export function firstToken(fs: Fs, { exe, watched }: Subject): { token?: BootToken } {
  if (watched !== true) return {};
  try {
    const { stamp } = fs.info(exe);
    return { token: { kind: "first", boot: 0, stamp, lenient: true } };
  } catch {
    return {}; // a program that cannot be inspected cannot become last-good
  }
}
