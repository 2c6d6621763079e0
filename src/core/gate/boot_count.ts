/**
 * Counting boots. Each instance of a service has its own count, and a start while an earlier boot of the same instance
 * still runs is no new boot.
 *
 * @module
 */
import { type BootCount, type InstanceCount, MAX_COUNT } from "../state/schemas.ts";
import type { State } from "../state/state.ts";

/** A sentinel or a rollback: what boots are counted in. */
type Counted = BootCount & { readonly attempts?: number | undefined; readonly bootId?: string | undefined };

/** The attempts of this instance so far. */
export function attemptsOf({ subject }: State, { attempts = 0, instances = {} }: Counted): number {
  // A count that only one instance has may have been raised by the reference implementation, which knows no instances.
  const names = Object.keys(instances);
  const isAlone = names.every((name) => name === instanceOf(subject));
  return isAlone ? attempts : instances[instanceOf(subject)]?.attempts ?? 0;
}

/**
 * Attempts as they are told: the maximum at most. The boot that rolls back is none of the boots that a build gets, and
 * where nothing can be put back the count goes on.
 */
export function toldAttempts({ maxAttempts }: State["subject"], attempts: number): number {
  return Math.min(attempts, maxAttempts);
}

/** The number of the next boot that is counted. */
export function nextBoot(before: BootCount | undefined): number {
  return (before?.boot ?? 0) + 1;
}

/** True when a boot of this instance, which was counted before, still runs beside this one. */
export function isStillRunning(state: State, { instances, bootId }: Counted): boolean {
  const { processes, clock } = state.ports;
  const id = instances?.[instanceOf(state.subject)]?.process;
  if (id === undefined || processes === undefined || bootId !== clock.bootId()) return false;
  return id !== processes.self() && processes.isAlive(id);
}

/** True when this very process has counted its boot already. */
export function isCountedHere(state: State, { instances, bootId }: Counted): boolean {
  const { processes, clock } = state.ports;
  const self = processes?.self();
  return self !== undefined && bootId === clock.bootId() && instances?.[instanceOf(state.subject)]?.process === self;
}

/** What to write for a boot that is counted. */
export function countedBoot(
  state: State,
  before: Counted,
  attempts: number,
): Required<Pick<Counted, "boot" | "instances">> & Pick<Counted, "invocation"> & { readonly attempts: number } {
  const { invocation } = state.subject;
  const boot = nextBoot(before);
  const name = instanceOf(state.subject);
  const isFirst = before.instances === undefined && (before.attempts ?? 0) > 0;
  const others = isFirst && name !== "" ? { "": { attempts: before.attempts ?? 0 } } : before.instances;
  const own: InstanceCount = { attempts, boot, invocation, process: state.ports.processes?.self() };
  const instances = { ...others, [name]: own };
  return { boot, invocation, instances, attempts: mostOf(instances) };
}

/** The counts when the attempt of one boot is cancelled: that of a boot number or an invocation, or else the last one. */
export function cancelledBoot(
  { instances = {}, boot, attempts = 0 }: Counted,
  which: { readonly boot?: number | undefined; readonly invocation?: string | undefined },
): { readonly attempts: number; readonly instances?: BootCount["instances"] } {
  const wanted = which.boot ?? boot;
  const name = Object.keys(instances).find((key) =>
    which.boot === undefined && which.invocation !== undefined
      ? instances[key]?.invocation === which.invocation
      : instances[key]?.boot === wanted
  );
  const own = name === undefined ? undefined : instances[name];
  if (name === undefined || own === undefined) return { attempts: Math.max(0, attempts - 1) };
  const left = { ...instances, [name]: { ...own, attempts: Math.max(0, own.attempts - 1) } };
  return { attempts: mostOf(left), instances: left };
}

function mostOf(instances: Readonly<Record<string, InstanceCount>>): number {
  return Math.min(MAX_COUNT, Math.max(0, ...Object.values(instances).map(({ attempts }) => attempts)));
}

function instanceOf({ instance = "" }: State["subject"]): string {
  return instance;
}
