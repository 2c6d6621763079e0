/**
 * The boot sentinel: one guarded program, and everything that can be done to it.
 *
 * @module
 */
import { arm, type ArmOptions } from "./changes/arm.ts";
import { boot } from "./gate/boot.ts";
import type { BootOutcome } from "./gate/outcome.ts";
import { change, PATIENCE_MS } from "./changes/change.ts";
import { confirm, type Confirmation } from "./changes/confirm.ts";
import { fail } from "./changes/fail.ts";
import { type FailedInstall, failInstall } from "./changes/failed_install.ts";
import {
  type HealthReport,
  reportHealthy,
  reportStopped,
  reportUnhealthy,
  type StoppedBoot,
} from "./changes/reports.ts";
import { readHistory, type SentinelEvent } from "./state/history.ts";
import type { Held, Ports } from "./ports.ts";
import { addToQuarantine, clearFromQuarantine, holds, knownQuarantine, quarantineEntries } from "./state/quarantine.ts";
import { type Rollback, rollBackByHand } from "./changes/roll_back.ts";
import type { QuarantineEntry } from "./state/schemas.ts";
import { DEFAULT_MAX_ATTEMPTS, type SentinelOptions, subjectOf } from "./sentinel_options.ts";
import { State, type Subject } from "./state/state.ts";
import { type BootTicket, openTicket } from "./gate/boot_token.ts";
import { type Status, status } from "./status.ts";
import { swap, type SwapOptions } from "./changes/swap.ts";
import { normalVersion } from "./builds/versions.ts";
import { announceWatcher } from "./state/watcher.ts";

/**
 * What the gate decided.
 *
 * @example The exit code that tells the service manager to start the program again
 * ```ts
 * import type { BootDecision } from "@boot-sentinel/boot-sentinel";
 *
 * const exitCode = ({ kind }: BootDecision): number | undefined => kind === "rolledBack" ? 75 : undefined;
 * ```
 */
export type BootDecision =
  /** Boot on. */
  | { readonly kind: "proceed" }
  /** Last-good is back at the program's path: exit now, so that the service manager starts it. */
  | { readonly kind: "rolledBack"; readonly from: string };

/**
 * One guarded program. Sync throughout: the gate runs before anything else does, and it never throws. What changes
 * something throws {@link SentinelError} `busy` (another process is at it; `swap` and `armForSwap` do not wait, the
 * others 2 s) or `untouchable` (a state file of a newer program, or one that others can write) and {@link FsError} (a
 * file cannot be written); each says what else.
 *
 * @example Over ports of which none is real
 * ```ts
 * import { SentinelCore } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/fs";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new SentinelCore({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * sentinel.swap("/update", "2.0.0");
 * assertEquals(sentinel.status().state, "probation");
 * ```
 */
export class SentinelCore {
  readonly #ports: Ports;
  readonly #subject: Subject;

  /** Guards `options.exe` through `ports`. */
  constructor(options: SentinelOptions, ports: Ports) {
    this.#ports = ports;
    this.#subject = subjectOf(options);
  }

  /**
   * Call first, before anything that can crash. Counts this boot of an unconfirmed build durably; the boot after the
   * last chance quarantines it and puts last-good back. Never throws: the sentinel's own trouble is logged.
   *
   * @param maxAttempts Boots that an unconfirmed build gets. @default 3
   * @returns `rolledBack`: exit now (75 by convention), so that the service manager starts the restored program.
   */
  checkOnBoot(maxAttempts: number = DEFAULT_MAX_ATTEMPTS): BootDecision {
    const outcome = this.boot(maxAttempts);
    return outcome.kind === "rolledBack" ? { kind: "rolledBack", from: outcome.from } : { kind: "proceed" };
  }

  /** The gate in full, for those who start the program themselves. Never throws. */
  boot(maxAttempts: number = DEFAULT_MAX_ATTEMPTS): BootOutcome {
    return boot(this.#ports, this.#subject, maxAttempts);
  }

  /**
   * The program at the path could not be started (`fault` says why): puts last-good back at once, if that is another
   * build. Never throws.
   */
  couldNotStart(fault: string, maxAttempts: number = DEFAULT_MAX_ATTEMPTS): BootOutcome {
    return boot(this.#ports, this.#subject, maxAttempts, fault);
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
   * An update could not even be installed (its download does not verify, say). After `most` of those in a row it is
   * quarantined; another version starts anew.
   *
   * @param most How many are too many. @default 3
   */
  failInstall(version: string, reason: string = "declared bad", most: number = DEFAULT_MAX_ATTEMPTS): FailedInstall {
    return this.#change((state) => failInstall(state, version, reason, most));
  }

  /** The boot that is under way, if its build has yet to prove itself. */
  openTicket(): BootTicket | undefined {
    return openTicket(this.#state());
  }

  /**
   * Makes a process known to {@link SentinelCore.status} as the watcher of this boot, until it is released or this
   * process ends. Never throws.
   *
   * @param deadlineMs How long the build has from now on to become healthy.
   */
  announceWatcher(pid: number, deadlineMs: number): Held {
    return announceWatcher(this.#ports, this.#subject.dataDir, pid, deadlineMs);
  }

  /** The watched boot was found healthy: its build is confirmed; a restored one is only marked as sound. */
  reportHealthy(ticket: BootTicket): HealthReport {
    return this.#change((state) => reportHealthy(state, ticket));
  }

  /**
   * The watched boot was not healthy at its deadline: it counts, however it ends. False: another boot or build has
   * taken its place, and nothing was changed.
   */
  reportUnhealthy(ticket: BootTicket, reason: string): boolean {
    return this.#change((state) => reportUnhealthy(state, ticket, reason));
  }

  /**
   * The service's end was asked for: gives its boot back. True when there was something to give.
   *
   * @param facts Which boot: by the watcher's ticket or the service manager's name; without either the last one.
   */
  reportStopped(reason: string, facts: StoppedBoot = {}): boolean {
    return this.#change((state) => reportStopped(state, reason, facts));
  }

  /**
   * True when `version` must not be installed again. With the digest of a file (sha256, hex), a rebuild under the
   * same version passes, and the same bytes under another version do not.
   */
  isQuarantined(version: string, options: { digest?: string } = {}): boolean {
    return holds(knownQuarantine(this.#state()), version, options.digest) !== undefined;
  }

  /** Every quarantined version, oldest first. */
  quarantinedVersions(): string[] {
    return [...knownQuarantine(this.#state()).versions];
  }

  /** Every quarantined build with its digest, reason, attempts and time, oldest first. */
  quarantineEntries(): QuarantineEntry[] {
    return quarantineEntries(knownQuarantine(this.#state()));
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
  status(maxAttempts: number = DEFAULT_MAX_ATTEMPTS): Status {
    return status(() => this.#state(), maxAttempts);
  }

  /** What happened, oldest first. */
  history(): SentinelEvent[] {
    return readHistory(this.#ports.fs, this.#state().paths.history);
  }

  #state(): State {
    return new State(this.#ports, this.#subject);
  }

  #change<T>(act: (state: State) => T): T {
    return change(this.#ports, this.#subject, PATIENCE_MS, act);
  }
}
