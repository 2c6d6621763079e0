/** The keys of a herd's store. @module */

/** The lease of the judge that decides. */
export const JUDGE_KEY = "judge";

/** What a machine reports of a build. */
export function reportKey(digest: string, machine: string): string {
  return `report.${digest}.${machine}`;
}

/** Whether a build is refused, or cleared. */
export function verdictKey(digest: string): string {
  return `verdict.${digest}`;
}

/** How large a share of the machines may take a build. */
export function admitKey(digest: string): string {
  return `admit.${digest}`;
}

/** The name of the bucket of an app. */
export function bucketOf(app: string): string {
  return `herd_${app}`;
}
