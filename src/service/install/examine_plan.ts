/** The doctor's look at a service that is to be guarded, before anything is written. @module */
import { SentinelError } from "../../core/errors.ts";
import { type Finding, note, type Target } from "../doctor/check.ts";
import { MENDED_BY_INSTALL } from "../doctor/examine_unit.ts";
import { packageOwner, type RunTool } from "../package_owner.ts";

/** Examines a service as the doctor does. */
export type Examine = (target: Target) => Promise<Finding[]>;

/** What is bad, and does not keep the gate from its work: it is said, and the operator decides. */
const ONLY_SAID: ReadonlySet<string> = new Set([
  "access-too-wide",
  "service-owns-program",
  "clock-wrong",
  "program-unstartable",
]);

/** What the doctor and the package manager say of a service; without what the installation itself mends. */
export async function examinePlan(examine: Examine, runTool: RunTool, target: Target): Promise<Finding[]> {
  const [found, owner] = await Promise.all([examine(target), packageOwner(target.exe, runTool)]);
  const findings = found.filter(({ code }) => !MENDED_BY_INSTALL.has(code));
  if (owner === undefined) return findings;
  const text = `${target.exe} belongs to the package ${owner.package} ${owner.version}: an update by the package ` +
    "manager is judged like any other, and after a rollback the package manager does not know of it";
  return [...findings, note("package", "package-owned", text)];
}

/**
 * Refuses what could not be protected.
 *
 * @throws {SentinelError} Nothing was changed.
 */
export function refuseUnprotected(service: string, findings: readonly Finding[]): void {
  const against = findings.filter(({ verdict, code }) => verdict === "bad" && !ONLY_SAID.has(code));
  const [first, ...others] = against.map(({ text, advice }) => `${text}; ${advice}`);
  if (first === undefined) return;
  const more = others.length === 0 ? "" : `; and then: ${others.join("; ")}`;
  throw new SentinelError("nothing", `Cannot guard ${service}, nothing was changed: ${first}${more}`);
}
