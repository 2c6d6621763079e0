/** Does the service itself listen where a probe asks? @module */
import { reachedAt } from "../../system/process/listeners.ts";
import { againAsRoot, bad, type Finding, type Machine, note, type Target, unknown } from "./check.ts";
import type { LiveUnit } from "./live_unit.ts";

/** What is wrong with who answers; `undefined` when the unit's own processes listen there. */
export async function ownerFinding(
  text: string,
  unit: LiveUnit,
  { target, machine }: { readonly target: Target; readonly machine: Machine },
): Promise<Finding | undefined> {
  const { facts } = machine;
  const where = addressOf(text);
  if (where === undefined) return undefined;
  const addresses = await facts.addressesOf(where.host) ?? [];
  const own = addresses.filter((address) => facts.isOwnAddress(address));
  if (own.length === 0) {
    const why = `${where.host} is not this machine: another machine may answer in place of ${unit.name}`;
    return note("probe", "probe-elsewhere", `${text}: ${why}`);
  }
  const listeners = facts.listenersOn(where.port);
  const reached = own.map((address) => reachedAt(address, listeners)).find((found) => found.length > 0) ?? [];
  const unseen = (why: string) =>
    unknown("probe", "probe-owner-unknown", `${text} passes; ${why}`, againAsRoot(target, machine));
  if (reached.length === 0) return unseen("no listening socket is seen there, as behind a rule of the firewall");
  const sockets = facts.socketsOf(processesOf(unit, machine));
  if (sockets === undefined) return unseen(`whether ${unit.name} listens there may not be seen`);
  if (reached.every(({ inode }) => sockets.has(inode))) return undefined;
  const why = `the socket that listens there does not belong to ${unit.name}: it would answer for a dead build, too`;
  return bad("probe", "probe-answered-by-another", `${text}: ${why}`, `ss -ltnp "sport = :${where.port}"`);
}

function processesOf(unit: LiveUnit, { facts }: Machine): readonly number[] {
  const group = unit.fact("ControlGroup");
  const found = group === "" ? [] : facts.processesIn(group);
  const main = Number(unit.fact("MainPID"));
  return found.length > 0 ? found : main > 0 ? [main] : [];
}

function addressOf(text: string): { readonly host: string; readonly port: number } | undefined {
  try {
    const url = new URL(text.trim());
    const standard = url.protocol === "https:" ? 443 : url.protocol === "http:" ? 80 : NaN;
    const port = url.port === "" ? standard : Number(url.port);
    return Number.isNaN(port) ? undefined : { host: url.hostname.replace(/^\[|\]$/g, ""), port };
  } catch {
    return undefined;
  }
}
