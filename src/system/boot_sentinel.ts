/**
 * The boot sentinel: one guarded program, and what a service or its updater can do to it.
 *
 * @module
 */
import { arm, type ArmOptions } from "../core/changes/arm.ts";
import { change, LOCK_TIMEOUT_MS } from "../core/changes/change.ts";
import { confirm, type Confirmation } from "../core/changes/confirm.ts";
import { fail } from "../core/changes/fail.ts";
import { type Rollback, rollBackByHand } from "../core/changes/roll_back.ts";
import { swap, type SwapOptions } from "../core/changes/swap.ts";
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

/** What the gate decided. */
export type BootDecision =
  /** Boot on. */
  | { readonly kind: "proceed" }
  /** Last-good is back at the program's path: exit now, so that the service manager starts it. */
  | { readonly kind: "rolledBack"; readonly from: string };

/**
 * Guards one self-replacing program: an update that crash-loops is put back to the last good build and quarantined.
 *
 * Sync throughout: the gate runs before anything else does, and it never throws. What changes something throws
 * {@link SentinelError} `busy` (another process is at it; `swap` and `armForSwap` do not wait, the others 2 s) or
 * `untouchable` (a state file of a newer program, or one that others can write) and {@link FsError} (a file cannot be
 * written); each says what else.
 *
 * @example The first lines of a service that updates itself
 * ```ts
 * import { BootSentinel } from "@boot-sentinel/boot-sentinel";
 * import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
 * import process from "node:process";
 *
 * const dataDir = mkdtempSync("/tmp/example-");
 * const exe = `${dataDir}/server`; // of a compiled program: process.execPath
 * writeFileSync(exe, "#!/bin/sh\n", { mode: 0o755 });
 *
 * const sentinel = new BootSentinel({ dataDir, exe, version: "2.0.0" });
 * if (sentinel.checkOnBoot().kind === "rolledBack") process.exit(75); // the service manager starts the restored build
 * // … start up; once requests are answered:
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
   * @param options What to guard.
   * @param ports The outside world; any part may be replaced, the rest is real.
   * @throws {RangeError} A number of the options is none that could be meant.
   */
  constructor(options: SentinelOptions, ports: Partial<Ports> = {}) {
    this.#ports = { ...realPorts(), ...ports };
    this.#subject = subjectOf(options);
  }

  /**
   * Call first, before anything that can crash. Counts this boot of an unconfirmed build durably; the boot after the
   * last chance quarantines it and puts last-good back. Never throws: the sentinel's own trouble is logged.
   *
   * @param maxAttempts Another maximum than that of the options, from 1 on; anything else is logged and not used.
   * @returns `rolledBack`: exit now (75 by convention), so that the service manager starts the restored program.
   */
  checkOnBoot(maxAttempts?: number): BootDecision {
    const outcome = boot(this.#ports, this.#with(maxAttempts));
    return outcome.kind === "rolledBack" ? { kind: "rolledBack", from: outcome.from } : { kind: "proceed" };
  }

  /**
   * Call once the program is truly up. Promotes the armed build to last-good and ends its probation; a plain restart
   * changes nothing. Durable when it returns.
   *
   * @throws {SentinelError} `missing`, `busy`, `untouchable`.
   * @throws {FsError} The snapshot could not be taken; the build stays on probation.
   */
  confirmHealthy(): Confirmation {
    return this.#change((state) => confirm(state));
  }

  /**
   * Call before the program is replaced: keeps the running one as last-good (unless it is itself unconfirmed) and
   * expects `newVersion` at the next boot.
   *
   * @param currentExe The running program, still whole.
   * @throws {SentinelError} `missing`, `busy`, `untouchable`.
   * @throws {FsError} Nothing is armed; the program and last-good are untouched.
   */
  armForSwap(currentExe: string, newVersion: string, options: Pick<ArmOptions, "since" | "before"> = {}): void {
    change(this.#ports, this.#subject, 0, (state) => {
      const source = currentExe === this.#subject.exe ? state.exe : currentExe;
      arm(state, newVersion, { source, ...options });
    });
  }

  /**
   * Verifies `file`, arms `version`, and puts a copy of the file at the program's path, atomically.
   *
   * @throws {SentinelError} `quarantined`, `mismatch`, `missing`, `busy`, `untouchable`; the program is untouched.
   * @throws {FsError} The program is untouched.
   */
  swap(file: string, version: string, options: SwapOptions = {}): void {
    change(this.#ports, this.#subject, 0, (state) => swap(state, file, version, options));
  }

  /**
   * Puts last-good back now and quarantines the live build.
   *
   * @param options `to`: an older proven build, by version; `reason` is kept with the quarantine.
   * @throws {SentinelError} `nothing`, `noLastGood`, `busy`, `untouchable`.
   */
  rollback(options: { to?: string; reason?: string } = {}): Rollback {
    return this.#change((state) => rollBackByHand(state, options.to, options.reason ?? "rolled back by hand"));
  }

  /**
   * Declares the live build bad: the next boot rolls back, whatever the count. Returns its version.
   *
   * @throws {SentinelError} `nothing`: it is confirmed already.
   */
  fail(reason: string = "declared bad"): string {
    return this.#change((state) => fail(state, reason));
  }

  /**
   * True when `version` must not be installed again. With the digest of a file (sha256, hex), a rebuild under the
   * same version passes, and the same bytes under another version do not.
   */
  isQuarantined(version: string, options: { digest?: string } = {}): boolean {
    return findQuarantined(knownQuarantine(this.#state()), version, options.digest) !== undefined;
  }

  /** Every quarantined version, oldest first. */
  quarantinedVersions(): string[] {
    return [...knownQuarantine(this.#state()).versions];
  }

  /** Quarantines a build by hand; with `digest` (sha256, hex) those bytes only. */
  quarantine(version: string, options: { digest?: string; reason?: string } = {}): void {
    this.#change((state) => {
      const { digest, reason = "by hand" } = options;
      addToQuarantine(state, { version: normalVersion(version), digest, reason, attempts: 0, time: state.now() });
      state.event({ event: "quarantined", version: normalVersion(version), reason });
    });
  }

  /** Lets a version go, with all its digests or (`digest`, sha256, hex) those bytes only; true when it was held. */
  clearQuarantine(version: string, options: { digest?: string } = {}): boolean {
    return this.#change((state) => {
      const cleared = clearFromQuarantine(state, version, options.digest);
      if (cleared) state.event({ event: "cleared", version: normalVersion(version) });
      return cleared;
    });
  }

  /** Where things stand. Changes nothing, and is in nobody's way. */
  status(): Status {
    return status(() => this.#state());
  }

  /** What happened, oldest first. */
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
      `Cannot give a build ${maxAttempts} boots: it takes a whole number from 1 on; it gets ${own}`,
    );
    return this.#subject;
  }
}
