/**
 * The library's main class: guards one program, for the service itself or its updater.
 *
 * @module
 */
import { arming, type ArmOptions } from "../core/changes/arm.ts";
import { change, changeInSteps, LOCK_TIMEOUT_MS } from "../core/changes/change.ts";
import { type Confirmation, confirming, type ConfirmOptions } from "../core/changes/confirm.ts";
import { fail } from "../core/changes/fail.ts";
import type { Rollback } from "../core/changes/roll_back.ts";
import { rollingBackByHand } from "../core/changes/roll_back_by_hand.ts";
import { type SwapOptions, type Swapped, swapping } from "../core/changes/swap.ts";
import { pins } from "../core/builds/release/pin.ts";
import { guardsRelease, releaseFs } from "../core/builds/release/release_fs.ts";
import { normalVersion } from "../core/builds/versions.ts";
import { boot } from "../core/gate/boot.ts";
import type { Ports } from "../core/ports.ts";
import { type SentinelOptions, subjectOf } from "../core/sentinel_options.ts";
import { readHistory, type SentinelEvent } from "../core/state/history.ts";
import { addToQuarantine, clearFromQuarantine, findQuarantined, knownQuarantine } from "../core/state/quarantine.ts";
import { State } from "../core/state/state.ts";
import { type Status, status } from "../core/status.ts";
import type { Subject } from "../core/subject.ts";
import { realPorts } from "./real_ports.ts";

/** The gate's decision. */
export type BootDecision =
  /** Go on with the start. */
  | { readonly kind: "proceed" }
  /** Last-good is back at the program's path: exit now, so that the service manager starts it. */
  | { readonly kind: "rolledBack"; readonly from: string };

/**
 * Guards a program that replaces itself: an update that crash-loops is rolled back to the last good build and
 * quarantined.
 *
 * All methods are synchronous, since `checkOnBoot` has to end before the service starts. `checkOnBoot` never throws.
 * The methods that change the state throw {@link SentinelError} `busy` (another process holds the lock: `swap` and
 * `armForSwap` do not wait for it, the others wait 2 s) or `untouchable` (a state file is from a newer program, or
 * other users can write it), and {@link FsError} (a file cannot be written). Each method documents its other errors.
 *
 * @example The first lines of a service that updates itself
 * ```ts
 * import { BootSentinel } from "@boot-sentinel/boot-sentinel";
 * import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
 * import process from "node:process";
 *
 * const dataDir = mkdtempSync("/tmp/example-");
 * const exe = `${dataDir}/server`; // in a compiled program: process.execPath
 * writeFileSync(exe, "#!/bin/sh\n", { mode: 0o755 });
 *
 * const sentinel = new BootSentinel({ dataDir, exe, version: "2.0.0" });
 * if (sentinel.checkOnBoot().kind === "rolledBack") process.exit(75); // the service manager starts the restored build
 * // … start up, and when requests are answered:
 * sentinel.confirmHealthy();
 * rmSync(dataDir, { recursive: true });
 * ```
 */
export class BootSentinel {
  readonly #ports: Ports;
  readonly #subject: Subject;

  /**
   * Guards a program on this machine.
   *
   * @param options Which program to guard, and how.
   * @param ports Interfaces to the operating system. Those that are not given are the real ones.
   * @throws {RangeError} `maxAttempts` or `keep` is negative, too small or not an integer.
   */
  constructor(options: SentinelOptions, ports: Partial<Ports> = {}) {
    const all = { ...realPorts(), ...ports };
    this.#subject = subjectOf(options);
    const isRelease = options.guard !== undefined && guardsRelease(all.fs, options.guard);
    const kept = { pins: options.pin ? pins(all) : undefined };
    this.#ports = isRelease ? { ...all, fs: releaseFs(all.fs, this.#subject.exe, kept) } : all;
  }

  /**
   * Call this first, before anything that can crash. It counts this boot of an unconfirmed build durably. The boot
   * after `maxAttempts` of these quarantines the build and puts last-good back. Never throws: its own errors are
   * logged.
   *
   * @param maxAttempts Replaces the value of the options for this call. Must be at least 1; else it is logged and not
   * used.
   * @returns `rolledBack`: exit now (75 by convention), so that the service manager starts the restored program.
   */
  checkOnBoot(maxAttempts?: number): BootDecision {
    const outcome = boot(this.#ports, { ...this.#with(maxAttempts), isBeside: true });
    return outcome.kind === "rolledBack" ? { kind: "rolledBack", from: outcome.from } : { kind: "proceed" };
  }

  /**
   * Call this when the program works. The armed build becomes last-good, and its probation ends. If no build is armed,
   * nothing changes. Durable when it returns.
   *
   * @throws {SentinelError} `missing`, `busy`, `untouchable`.
   * @throws {FsError} The snapshot could not be taken; the build stays on probation.
   */
  confirmHealthy(options: ConfirmOptions = {}): Confirmation {
    return changeInSteps(this.#ports, this.#subject, LOCK_TIMEOUT_MS, confirming(options));
  }

  /**
   * Call this before the program is replaced. It keeps the running program as last-good (unless that is unconfirmed)
   * and arms `newVersion`: at its first boot the new build is on probation.
   *
   * @param currentExe The running program, not replaced yet.
   * @throws {SentinelError} `missing`, `busy`, `untouchable`.
   * @throws {FsError} Nothing is armed; the program and last-good are unchanged.
   */
  armForSwap(currentExe: string, newVersion: string, options: Pick<ArmOptions, "since" | "before"> = {}): void {
    const source = currentExe === this.#subject.exe ? {} : { source: currentExe };
    changeInSteps(this.#ports, this.#subject, 0, arming(newVersion, { ...options, ...source }));
  }

  /**
   * Verifies `file`, arms `version`, and puts a copy of the file at the program's path, atomically.
   *
   * @throws {SentinelError} `quarantined`, `mismatch`, `missing`, `busy`, `untouchable`; the program is unchanged.
   * @throws {FsError} The program is unchanged.
   */
  swap(file: string, version: string, options: SwapOptions = {}): Swapped {
    return changeInSteps(this.#ports, this.#subject, 0, swapping(file, version, options));
  }

  /**
   * Puts last-good back now and quarantines the live build.
   *
   * @param options `to`: the version of an older confirmed build; `reason` is stored in the quarantine. `hold`: the
   * live build's version is quarantined, whatever the bytes, until another version is swapped in and confirmed.
   * @throws {SentinelError} `nothing`, `noLastGood`, `busy`, `untouchable`.
   */
  rollback(options: { to?: string; reason?: string; hold?: boolean } = {}): Rollback {
    const { to, reason = "rolled back by hand", hold = false } = options;
    const work = rollingBackByHand(to, { reason, ...(hold ? { held: true } : {}) });
    return changeInSteps(this.#ports, this.#subject, LOCK_TIMEOUT_MS, work);
  }

  /**
   * Reports that the live build is bad: the next boot rolls it back, whatever the count. Returns its version.
   *
   * @throws {SentinelError} `nothing`: the build is confirmed.
   */
  fail(reason: string = "declared bad"): string {
    return this.#change((state) => fail(state, reason));
  }

  /**
   * True when `version` must not be installed again. With the `digest` of a file (sha256, hex), another build of the
   * same version is allowed, and the same bytes under another version are not.
   */
  isQuarantined(version: string, options: { digest?: string } = {}): boolean {
    return findQuarantined(knownQuarantine(this.#state()), version, options.digest) !== undefined;
  }

  /** All quarantined versions, oldest first. */
  quarantinedVersions(): string[] {
    return [...knownQuarantine(this.#state()).versions];
  }

  /**
   * Quarantines a version; with `digest` (sha256, hex) only the build with these bytes. `until`: when that is over,
   * milliseconds since the epoch.
   */
  quarantine(version: string, options: { digest?: string; reason?: string; until?: number } = {}): void {
    this.#change((state) => {
      const { digest, reason = "by hand" } = options;
      const until = options.until === undefined ? {} : { until: new Date(options.until).toISOString() };
      const entry = { version: normalVersion(version), digest, reason, attempts: 0, time: state.now(), ...until };
      addToQuarantine(state, entry);
      state.event({ event: "quarantined", version: entry.version, reason });
    });
  }

  /**
   * Removes a version from the quarantine; with `digest` (sha256, hex) only these bytes. True if it was quarantined.
   */
  clearQuarantine(version: string, options: { digest?: string } = {}): boolean {
    return this.#change((state) => {
      const cleared = clearFromQuarantine(state, version, options.digest);
      if (cleared) state.event({ event: "cleared", version: normalVersion(version), reason: "by hand" });
      return cleared;
    });
  }

  /** The status. Changes nothing, and does not block other commands. */
  status(): Status {
    return status(() => this.#state());
  }

  /** The events, oldest first. */
  history(): SentinelEvent[] {
    return readHistory(this.#ports.fs, this.#state().paths.history);
  }

  #state(): State {
    return new State(this.#ports, this.#subject);
  }

  #change<T>(act: (state: State) => T): T {
    return change(this.#ports, this.#subject, LOCK_TIMEOUT_MS, act);
  }

  #with(maxAttempts: number | undefined): Subject {
    if (maxAttempts === undefined) return this.#subject;
    if (Number.isInteger(maxAttempts) && maxAttempts >= 1) return { ...this.#subject, maxAttempts };
    const own = this.#subject.maxAttempts;
    this.#ports.log(
      "error",
      `Cannot use maxAttempts ${maxAttempts}: it must be a whole number of at least 1; ${own} is used`,
    );
    return this.#subject;
  }
}
