/** What the judge knows of one build, with counts that are kept up to date report by report. @module */
import { isAdmitted } from "../admitted.ts";
import type { Admission } from "../messages/admission.ts";
import type { Verdict } from "../messages/verdict.ts";
import type { Report } from "../messages/report.ts";
import { noVotes, type Tally, type Vote, voteOf, type Votes } from "./tally.ts";

/** A machine, as far as the judge knows it. */
export interface Machine {
  readonly name: string;
  readonly isCanary: boolean;
}

/** What is kept of a report: the texts only of a failure, and short. */
export interface Known extends Pick<Report, "version" | "outcome" | "reason" | "lastWords" | "host"> {
  readonly vote: Vote;
}

/** An entry that stands in the store though it is not believed: others may believe it. */
export interface Disbelieved {
  readonly does: "refused" | "cleared" | "admitted";
  /** The key of its author. */
  readonly by: string;
  readonly why: string;
}

/** An entry that is not believed, in words. */
export function disbelievedText({ does, by, why }: Disbelieved): string {
  return `${does} by ${by}, ${why}`;
}

/** Texts of reports are cut to so many characters. */
const REASON = 160;
const LAST_WORDS = 400;

/** A build. */
export class Build {
  /** The version that a decision names. */
  decidedVersion = "";
  readonly reports = new Map<string, Known>();
  admission: Admission | undefined;
  /** Of the entry, whoever wrote it. */
  admissionRevision = 0;
  /** When the share was taken note of, by the judge's clock. */
  admittedAt = 0;
  verdict: Verdict | undefined;
  verdictRevision = 0;
  /** By the kind of the entry. The judge does not overwrite it. */
  readonly disbelieved: { admit?: Disbelieved | undefined; verdict?: Disbelieved | undefined } = {};
  readonly #all: Votes = noVotes();
  #counted: { admitted: Votes; members: number } | undefined;
  /** How many machines report each version. */
  readonly #versions = new Map<string, number>();
  readonly #positions = new Map<string, number>();

  constructor(
    readonly digest: string,
    readonly position: (digest: string, machine: string) => number,
  ) {}

  /** The version that most machines report: one machine can report any. */
  get version(): string {
    let most = this.decidedVersion;
    let machines = 0;
    for (const [version, count] of this.#versions) if (count > machines) [most, machines] = [version, count];
    return most;
  }

  /** Takes note of a report. */
  report({ name, isCanary }: Machine, report: Report): void {
    const vote = voteOf(report);
    this.forget({ name, isCanary });
    const { outcome, host, version } = report;
    this.#versions.set(version, (this.#versions.get(version) ?? 0) + 1);
    const isFailed = outcome === "failed";
    this.reports.set(name, {
      version,
      outcome,
      vote,
      host,
      reason: isFailed ? report.reason.slice(0, REASON) : "",
      lastWords: isFailed ? report.lastWords?.slice(-LAST_WORDS) : undefined,
    });
    this.#count(name, isCanary, vote, 1);
  }

  /** Forgets what a machine said. */
  forget({ name, isCanary }: Machine): void {
    const known = this.reports.get(name);
    if (known === undefined) return;
    this.reports.delete(name);
    const others = (this.#versions.get(known.version) ?? 0) - 1;
    if (others > 0) this.#versions.set(known.version, others);
    else this.#versions.delete(known.version);
    this.#count(name, isCanary, known.vote, -1);
  }

  #count(name: string, isCanary: boolean, vote: Vote, by: number): void {
    this.#all[vote] += by;
    if (this.#counted !== undefined && this.#isMember(name, isCanary)) this.#counted.admitted[vote] += by;
  }

  /** A machine is known from now on. */
  join({ name, isCanary }: Machine): void {
    if (this.#counted !== undefined && this.#isMember(name, isCanary)) this.#counted.members++;
  }

  /** The counts have to be made anew: other machines are admitted now. */
  recount(): void {
    this.#counted = undefined;
  }

  /** The counts. */
  tally(machines: ReadonlyMap<string, Machine>): Tally {
    this.#counted ??= this.#countAll(machines);
    return { all: this.#all, ...this.#counted };
  }

  #countAll(machines: ReadonlyMap<string, Machine>): { admitted: Votes; members: number } {
    const admitted = noVotes();
    let members = 0;
    if (this.admission === undefined) return { admitted, members };
    for (const { name, isCanary } of machines.values()) {
      if (!this.#isMember(name, isCanary)) continue;
      members++;
      const known = this.reports.get(name);
      if (known !== undefined) admitted[known.vote]++;
    }
    return { admitted, members };
  }

  #isMember(name: string, isCanary: boolean): boolean {
    const { admission } = this;
    if (admission === undefined) return false;
    // A hash for each machine would be computed in vain.
    return admission.share >= 1 || isAdmitted(this.positionOf(name), isCanary, admission);
  }

  /** The place of a machine in the order of this build. */
  positionOf(name: string): number {
    let position = this.#positions.get(name);
    if (position === undefined) this.#positions.set(name, position = this.position(this.digest, name));
    return position;
  }

  /** Whether somebody takes it, or wants to: of a build that was everywhere before, nothing has to be decided. */
  get isUnderWay(): boolean {
    return this.admission !== undefined || this.#all.open + this.#all.bad + this.#all.unsure > 0;
  }
}
