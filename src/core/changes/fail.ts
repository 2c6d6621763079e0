/**
 * Failing: the live build is reported as bad, and the next boot rolls it back.
 *
 * @module
 */
import { expectBuild } from "./arm.ts";
import { SentinelError } from "../errors.ts";
import { plainText } from "../plain_text.ts";
import {
  compareWithLastGood,
  describesLive,
  inspectLive,
  liveDigest,
  liveVersion,
  refuseDirectory,
} from "../builds/live.ts";
import type { State } from "../state/state.ts";

/**
 * Marks the live build as bad; returns its version.
 *
 * @throws {SentinelError} `nothing`: the live build is confirmed, or not on probation.
 */
export function fail(state: State, reason: string): string {
  refuseDirectory(state);
  const live = inspectLive(state);
  const digest = () => liveDigest(state, live);
  const onProbation = state.sentinel !== undefined && describesLive(state, state.sentinel, digest);
  const liveIs = compareWithLastGood(state, digest);
  if (liveIs === "lastGood" || (!onProbation && liveIs === "unknown")) {
    throw new SentinelError(
      "nothing",
      `Cannot fail ${liveVersion(state, digest())}: it is not on probation; nothing changed; ` +
        "to go back to an older build: boot-sentinel rollback --to VERSION",
    );
  }
  if (!onProbation) {
    const bytes = digest();
    const previous = state.record.lastGood?.digest;
    expectBuild(state, liveVersion(state, bytes), "it is declared bad", {
      ...(bytes === undefined ? {} : { digest: bytes }),
      ...(previous === undefined ? {} : { previous }),
    });
  }
  const sentinel = state.sentinel;
  if (sentinel === undefined) {
    throw new SentinelError("nothing", "Cannot fail the build: its sentinel was removed meanwhile; try again");
  }
  state.writeSentinel({ ...sentinel, failed: plainText(reason) });
  state.event({ event: "failed", version: sentinel.version, reason });
  return sentinel.version;
}
