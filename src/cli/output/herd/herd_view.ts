/** The status of a herd as text. @module */
import { disbelievedText } from "../../../herd/judge/build.ts";
import type { BuildStatus, HerdStatus } from "../../../herd/judge/herd_status.ts";
import { JUDGE } from "../../../herd/messages/verdict.ts";
import { whyText } from "../../herd/judged_text.ts";
import { table } from "../table.ts";

/** The text. */
export function herdView(status: HerdStatus): string {
  const { builds } = status;
  if (builds.length === 0) {
    const none = status.listedAt === undefined ? "No machine has reported a build yet." : "It names no build.";
    return `${herdLine(status)}\n${none}\n`;
  }
  const rows = builds.map((build) => {
    const { version, digest, state, counts } = build;
    const { waiting, probation, confirmed, failed, environment } = counts;
    const numbers = [waiting, probation, confirmed, failed + environment].map(String);
    return [version, digest.slice(0, 12), state, shareOf(build), ...numbers, sayingOf(build)];
  });
  const head = ["build", "sha256", "state", "share", "waiting", "probation", "confirmed", "failed", ""];
  return `${herdLine(status)}\n\n${table([head, ...rows])}${builds.map(failureLines).join("")}`;
}

/** The herd in one line. */
export function herdLine({ app, machines, canaries, judge, listedAt }: HerdStatus): string {
  if (listedAt !== undefined) {
    return `herd ${app}: a published list of ${
      new Date(listedAt).toISOString()
    }; it has verdicts and shares, no reports`;
  }
  const first = canaries === 0 ? "" : `, ${canaries} of them canaries`;
  const judged = judge === null ? "no judge decides now: boot-sentinel herd judge" : `judged by ${judge}`;
  return `herd ${app}: ${machines} machine${machines === 1 ? "" : "s"}${first}; ${judged}`;
}

/** What there is to say about a build. */
export function sayingOf({ verdict, ruling, counts, disbelieved }: BuildStatus): string {
  const others = disbelieved.map((one) => `${disbelievedText(one)}; `).join("");
  const sick = counts.environment === 0 ? "" : `; on ${counts.environment} more what was put back fails as well`;
  if (verdict !== null) {
    const by = verdict.by === JUDGE ? "" : ` (${verdict.by.slice(0, 8)}…)`;
    return `${others}${verdict.kind === "refuse" ? "" : "cleared: "}${verdict.reason}${by}${sick}`;
  }
  return others + (ruling === null ? "" : whyText(ruling.why)) + sick;
}

/** Which machines may take a build: `0.4 %`. */
export function shareOf({ share, cohorts }: BuildStatus): string {
  const isForCanaries = share === 0 && cohorts.at(-1)?.canaries !== undefined;
  return isForCanaries ? "canaries" : `${Number((share * 100).toPrecision(2))} %`;
}

function failureLines({ version, failures }: BuildStatus): string {
  if (failures.length === 0) return "";
  const lines = failures.slice(0, 5).flatMap(({ reason, machines, lastWords, hosts }) => [
    `  ${machines} × ${reason || "no reason"}${
      hosts.length === 0 ? "" : `  (${hosts.join(", ")}${hosts.length < machines ? ", …" : ""})`
    }`,
    ...lastWords === undefined ? [] : lastWords.split("\n").map((line) => `      ${line}`),
  ]);
  const more = failures.length > 5 ? [`  and ${failures.length - 5} more reasons`] : [];
  return `\nWhy ${version} failed:\n${[...lines, ...more].join("\n")}\n`;
}
