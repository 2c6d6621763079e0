/** All that the judge knows: it is fed with the entries of the store, one by one, and never reads them all again. @module */
import { positionOf } from "../admitted.ts";
import type { HerdEntry } from "../herd_store.ts";
import { parseAdmission } from "../messages/admission.ts";
import { parseReport, type Report } from "../messages/report.ts";
import { authorOf, disbeliefOf, type Message } from "../messages/signed.ts";
import { parseVerdict } from "../messages/verdict.ts";
import { Build, type Disbelieved, type Machine } from "./build.ts";
import type { Places } from "./cohort.ts";

/** What a fleet depends on. */
export interface FleetOptions {
  readonly app: string;
  /** The public keys of people whose verdicts are believed. */
  readonly keys: readonly string[];
  /** The time, milliseconds since the epoch: only for the times of signed verdicts. */
  readonly clock: () => number;
  /** The place of a machine in the order of a build. @default positionOf */
  readonly position?: (digest: string, machine: string) => number;
}

/** A machine that reports more builds is no longer heard on its older ones: one key must not fill the judge's memory. */
const BUILDS_OF_A_MACHINE = 16;

/** A machine with the builds that it has reported, oldest first. */
interface Member extends Machine {
  readonly builds: string[];
}

/** The fleet. */
export class Fleet {
  readonly machines = new Map<string, Member>();
  readonly builds = new Map<string, Build>();
  canaries = 0;
  readonly #places = new Map<string, Places>();

  constructor(readonly options: FleetOptions) {}

  /** Takes note of an entry. `now`: the judge's own clock. What is not valid is ignored. */
  take({ key, value, revision }: HerdEntry, now: number): void {
    const [kind, digest = "", machine = ""] = key.split(".");
    if (!/^[0-9a-f]{64}$/.test(digest)) return;
    switch (kind) {
      case "report": {
        const report = parseReport(value);
        return report !== undefined && /^[\w-]{1,128}$/.test(machine)
          ? this.report(digest, machine, report)
          : undefined;
      }
      case "admit":
        return this.#admission(digest, value, revision, now);
      case "verdict":
        return this.#verdict(digest, value, revision);
    }
  }

  /** Takes note of a machine's report. */
  report(digest: string, name: string, report: Report): void {
    const member = this.#member(name, report.group === "canary");
    // From the end: nearly all reports are about the newest build.
    if (member.builds.lastIndexOf(digest) < 0) {
      member.builds.push(digest);
      const oldest = member.builds.length > BUILDS_OF_A_MACHINE ? member.builds.shift() : undefined;
      if (oldest !== undefined) this.#forget(oldest, member);
    }
    this.#build(digest).report(member, report);
  }

  #member(name: string, isCanary: boolean): Member {
    const known = this.machines.get(name);
    if (known?.isCanary === isCanary) return known;
    const member = { name, isCanary, builds: known?.builds ?? [] };
    this.machines.set(name, member);
    this.canaries += Number(isCanary) - Number(known?.isCanary ?? false);
    this.#places.clear();
    for (const build of this.builds.values()) {
      if (known === undefined) build.join(member);
      else build.recount();
    }
    return member;
  }

  #forget(digest: string, member: Member): void {
    const build = this.builds.get(digest);
    build?.forget(member);
    const isKnown = build?.admission !== undefined || build?.verdict !== undefined;
    if (build?.reports.size === 0 && !isKnown) this.builds.delete(digest);
  }

  #admission(digest: string, value: string | undefined, revision: number, now: number): void {
    const build = this.#build(digest);
    build.admissionRevision = revision;
    const admission = parseAdmission(value);
    build.disbelieved.admit = undefined;
    if (admission === undefined) return;
    if (this.#author(digest, admission) === "nobody") {
      build.disbelieved.admit = this.#disbelieved(admission, "admitted");
      return;
    }
    const isOther = build.admission?.share !== admission.share || build.admission.canaries !== admission.canaries;
    build.admission = admission;
    build.decidedVersion ||= admission.version ?? "";
    if (!isOther) return;
    build.admittedAt = now;
    build.recount();
  }

  #verdict(digest: string, value: string | undefined, revision: number): void {
    const build = this.#build(digest);
    build.verdictRevision = revision;
    const verdict = parseVerdict(value);
    build.disbelieved.verdict = undefined;
    if (verdict === undefined) return;
    const author = this.#author(digest, verdict);
    if (author === "nobody") {
      build.disbelieved.verdict = this.#disbelieved(verdict, verdict.kind === "refuse" ? "refused" : "cleared");
      return;
    }
    const held = build.verdict !== undefined && this.#author(digest, build.verdict) === "person"
      ? build.verdict
      : undefined;
    // What people say holds until people say something newer.
    if (held !== undefined && (author === "judge" || verdict.at < held.at)) return;
    build.verdict = verdict;
    build.decidedVersion ||= verdict.version ?? "";
  }

  #disbelieved(message: Message, does: Disbelieved["does"]): Disbelieved {
    return { does, by: message.by, why: disbeliefOf(message, this.options.keys) };
  }

  #author(digest: string, message: Message): ReturnType<typeof authorOf> {
    const { app, keys, clock } = this.options;
    return authorOf(message, { app, digest }, keys, clock());
  }

  #build(digest: string): Build {
    let build = this.builds.get(digest);
    if (build === undefined) {
      this.builds.set(digest, build = new Build(digest, this.options.position ?? positionOf));
    }
    return build;
  }

  /** The places of all known machines in the order of a build. */
  placesFor(build: Build): Places {
    const known = this.#places.get(build.digest);
    if (known !== undefined) return known;
    const canaries = new Float64Array(this.canaries);
    const others = new Float64Array(this.machines.size - this.canaries);
    let c = 0;
    let o = 0;
    for (const { name, isCanary } of this.machines.values()) {
      if (isCanary) canaries[c++] = build.positionOf(name);
      else others[o++] = build.positionOf(name);
    }
    const places = { canaries: canaries.sort(), others: others.sort() };
    this.#places.set(build.digest, places);
    return places;
  }
}
