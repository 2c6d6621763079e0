/** Asks systemd for a unit and checks it. @module */
import { bad, type Finding } from "../doctor/check.ts";
import type { Systemctl } from "./systemctl.ts";
import { checkUnit, UNIT_PROPERTIES, type UnitContext } from "./unit_checks.ts";

/** The findings about a live unit. */
export async function examineUnit(context: UnitContext, systemctl: Systemctl): Promise<Finding[]> {
  const shown = await systemctl("show", `--property=${UNIT_PROPERTIES.join(",")}`, context.unit);
  if (shown !== undefined) return checkUnit(shown, context);
  return [bad("unit", `${context.unit} cannot be checked: systemctl does not answer`, "run this on the host, as root")];
}
