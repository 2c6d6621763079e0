/** Reads a unit from systemd and checks it. @module */
import { dirname } from "@std/path/dirname.js";
import { thisUser } from "../../system/linux/this_user.ts";
import { bad, type Finding, type Runner } from "./check.ts";
import { parseShow, type Systemctl } from "../install/systemd/ask_systemd.ts";
import { checkUnit, UNIT_PROPERTIES, type UnitContext } from "./unit_checks.ts";
import { accountOf, mayWrite, type RunTool } from "../install/systemd/unit_user.ts";

/** The result of examining a unit. */
export interface ExaminedUnit {
  readonly findings: readonly Finding[];
  /** The user who runs its service; `undefined` when unknown. */
  readonly runner?: Runner;
}

/**
 * Examines a live unit.
 *
 * @param program The guarded program's file, links followed.
 */
export async function examineUnit(
  context: UnitContext,
  program: string,
  systemctl: Systemctl,
  run: RunTool,
): Promise<ExaminedUnit> {
  const { unit, dataDir } = context;
  const { code, stdout: shown } = await systemctl("show", `--property=${UNIT_PROPERTIES.join(",")}`, unit);
  if (code !== 0) {
    const text = `${unit} cannot be checked: systemctl does not answer`;
    return { findings: [bad("unit", "unit-unknown", text, "run this on the host, as root")] };
  }
  const findings = checkUnit(shown, context);
  const facts = parseShow(shown);
  if (facts["LoadState"] !== "loaded") return { findings };
  const name = facts["User"] || "root";
  const account = await accountOf(name, run);
  if (account === undefined) {
    const text = `${unit} runs as ${name}, and there is no such user on this machine: it cannot start`;
    return { findings: [...findings, bad("unit user", "unit-user-unknown", text, "correct User= in the unit")] };
  }
  const runner = { name, writer: `user ${account.uid}` };
  if (account.uid === thisUser().uid) return { findings, runner };
  const writes = new Map<string, boolean | string>();
  for (const dir of [dirname(program), dataDir]) writes.set(dir, await mayWrite(name, dir, run));
  return { findings, runner: { ...runner, writes } };
}
