/** Waits until somebody else confirms a build: the service itself, or an operator. @module */
import { messageOf } from "../../core/errors.ts";
import type { BootReports } from "../../core/changes/reports.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import { showDuration } from "../duration.ts";
import { type HealthVerdict, type HealthWatch, pause } from "./wait_for_health.ts";

/** How often the state is read. */
const INTERVAL_MS = 1000;

/**
 * Waits until the boot is settled. With a lenient token it says once that the time is over, and goes on.
 *
 * @param withinMs The build has to be confirmed within this time.
 */
export async function waitForConfirm(
  withinMs: number,
  watch: HealthWatch,
  token: BootToken,
  isOpen: BootReports["isOpen"],
): Promise<HealthVerdict> {
  const { io, log } = watch;
  const startedAt = io.now();
  const reason = `not confirmed within ${showDuration(withinMs)}`;
  for (let late = false;;) {
    if (watch.cancelled?.() === true) return { kind: "cancelled" };
    if (!watch.alive()) return { kind: "gone" };
    if (!isStillOpen()) return { kind: "settled" };
    const left = withinMs - (io.now() - startedAt);
    if (left <= 0 && !token.lenient) return { kind: "unhealthy", reason };
    if (left <= 0 && !late) {
      late = true;
      log("warn", `The service is ${reason}; it is left running, since a rollback would not help`);
    }
    await pause(left > 0 ? Math.min(INTERVAL_MS, left) : INTERVAL_MS, watch);
  }

  function isStillOpen(): boolean {
    try {
      return isOpen(token);
    } catch (error) {
      log("debug", `Cannot see whether the build is confirmed: ${messageOf(error)}; looking again`);
      return true;
    }
  }
}
