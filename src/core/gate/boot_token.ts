/**
 * The token of a boot: what somebody needs who watches the program and reports on this very boot later.
 *
 * @module
 */
import type { BootCount } from "../state/schemas.ts";
import type { Fs } from "../fs_port.ts";
import type { State } from "../state/state.ts";
import type { Subject } from "../subject.ts";

/** Which boot is watched. It is handed to another process, so it is plain data. */
export interface BootToken {
  /** An update on probation, a build that was put back, or the first build, which has no last-good beside it yet. */
  readonly kind: "probation" | "restored" | "first";
  /** The boot's number. */
  readonly boot: number;
  /** The arming that the build came with. */
  readonly arming?: number | undefined;
  /** The program's file at this boot. */
  readonly stamp?: string | undefined;
  /** Ending the program would help nobody: there is nothing to put back, or that fails as well. */
  readonly lenient: boolean;
}

/** The number of the boot that is counted now. */
export function nextBoot(before: BootCount | undefined): number {
  return (before?.boot ?? 0) + 1;
}

/** The token of a build on probation; none when its count could not be written. */
export function tokenOf(state: State, lenient: boolean): { token?: BootToken } {
  const { sentinel } = state;
  if (state.subject.watched !== true || sentinel?.boot === undefined) return {};
  return { token: { kind: "probation", boot: sentinel.boot, arming: sentinel.arming, lenient } };
}

/** The token of the boot that is under way, for somebody who did not see it begin; none when nothing is pending. */
export function openToken({ sentinel, record }: State): BootToken | undefined {
  if (sentinel?.boot !== undefined) {
    return { kind: "probation", boot: sentinel.boot, arming: sentinel.arming, lenient: false };
  }
  const { rolledBack } = record;
  if (rolledBack?.boot === undefined || rolledBack.healthy !== undefined) return undefined;
  return { kind: "restored", boot: rolledBack.boot, lenient: false };
}

/** The token of a program that has no last-good yet. */
export function firstToken(fs: Fs, { exe, watched }: Subject): { token?: BootToken } {
  if (watched !== true) return {};
  try {
    const { stamp } = fs.info(exe);
    return { token: { kind: "first", boot: 0, stamp, lenient: true } };
  } catch {
    return {}; // what cannot be looked at cannot be kept
  }
}
