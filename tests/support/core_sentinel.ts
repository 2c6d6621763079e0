/** All that the core can do to a program, for tests of what the library's users do not call themselves. @module */
import { BootSentinel } from "../../mod.ts";
import { type FailedInstall, failInstall } from "../../src/core/changes/failed_install.ts";
import { bootReports, type HealthReport, type StoppedBoot } from "../../src/core/changes/reports.ts";
import { boot } from "../../src/core/gate/boot.ts";
import { type BootToken, openToken } from "../../src/core/gate/boot_token.ts";
import type { BootOutcome } from "../../src/core/gate/outcome.ts";
import type { Ports } from "../../src/core/ports.ts";
import { type SentinelOptions, subjectOf } from "../../src/core/sentinel_options.ts";
import { knownQuarantine, quarantineEntries } from "../../src/core/state/quarantine.ts";
import type { QuarantineEntry } from "../../src/core/state/schemas.ts";
import { State } from "../../src/core/state/state.ts";
import type { Subject } from "../../src/core/subject.ts";
import { realPorts } from "../../src/system/real_ports.ts";

/** What is guarded, with what only our own command line says. */
export type CoreOptions = SentinelOptions & Partial<Pick<Subject, "watched" | "invocation">>;

/** The library's class with what else the core can do. */
export class CoreSentinel extends BootSentinel {
  readonly subject: Subject;
  readonly ports: Ports;

  constructor(options: CoreOptions, ports: Partial<Ports> = {}) {
    super(options, ports);
    this.ports = { ...realPorts(), ...ports };
    const { watched, invocation } = options;
    this.subject = { ...subjectOf(options), watched, invocation };
  }

  boot(maxAttempts: number = this.subject.maxAttempts): BootOutcome {
    return boot(this.ports, { ...this.subject, maxAttempts });
  }

  couldNotStart(fault: string): BootOutcome {
    return boot(this.ports, this.subject, fault);
  }

  openToken(): BootToken | undefined {
    return openToken(new State(this.ports, this.subject));
  }

  reportHealthy(token: BootToken): HealthReport {
    return bootReports(this.ports, this.subject).healthy(token);
  }

  reportUnhealthy(token: BootToken, reason: string): boolean {
    return bootReports(this.ports, this.subject).unhealthy(token, reason);
  }

  reportStopped(reason: string, which?: StoppedBoot): boolean {
    return bootReports(this.ports, this.subject).stopped(reason, which);
  }

  reportEnded(how: string, words?: readonly string[], which?: StoppedBoot): boolean {
    return bootReports(this.ports, this.subject).ended(how, words, which);
  }

  failInstall(version: string, reason: string): FailedInstall {
    return failInstall(this.ports, this.subject, version, reason);
  }

  quarantineEntries(): QuarantineEntry[] {
    return quarantineEntries(knownQuarantine(new State(this.ports, this.subject)));
  }
}
