/** boot-sentinel: compiled, or run by Deno. @module */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installedUnit } from "../../support/installed_unit.ts";
import { LAYOUTS, type Workshop } from "../workshop.ts";
import type { Subject } from "./subject.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Deno itself: the script of the same name in `node_modules/.bin` would start Node first. */
export const DENO: string = join(ROOT, "node_modules/deno/deno");

/** The words that start boot-sentinel under Deno. */
export const UNDER_DENO: readonly string[] = [
  ...[DENO, "run", "--allow-all", "--no-check", "--quiet"],
  join(ROOT, "src/cli/entry.ts"),
];

/** How boot-sentinel is put in front of the service. */
export interface SentinelOptions {
  readonly name: string;
  /** Nothing to do at this boot, or a build on probation. */
  readonly state: "steady" | "armed";
  /** The words that start it. @default {the compiled executable} */
  readonly words?: readonly string[];
  /** Options of `run`, or of `service install`. */
  readonly options?: readonly string[];
  /** Beside the service, as in the unit of an installed one, which starts the service itself. @default in front of it */
  readonly beside?: boolean;
}

/** So many that a build stays on probation for as long as it is measured. */
export const ENDLESS: readonly string[] = ["--max-attempts", "1000000"];

/** The gate in front of the service, or what the unit of an installed service runs before the service. */
export function bootSentinel(
  workshop: Workshop,
  { name, state, words, options = [], beside = false }: SentinelOptions,
): Subject {
  const copies: string[] = [];
  let laid = 0;
  // Its own: who shares a file with others finds more of it in the processor's caches.
  const copy = () => {
    const n = laid++ % LAYOUTS;
    return copies[n] ??= workshop.copy(workshop.sentinel, `${workshop.sentinel}-${state}-${name}-${n}`);
  };
  return {
    name,
    prepare(place, { exe, args }) {
      const own = words ?? [copy()];
      workshop.run([...own, "confirm", "--app-version", "1.0.0", "--exe", exe], place);
      if (state === "armed") {
        const update = workshop.copy(exe, `${exe}-2.0.0`, "2.0.0");
        workshop.run([...own, "swap", update, "--to", "2.0.0", "--exe", exe], place);
      }
      if (!beside) return [...own, "run", "--data-dir", place, ...options, "--", exe, ...args];
      const unit = installedUnit(own, "guarded", exe, "--data-dir", place, ...options);
      mkdirSync(join(place, "boot-sentinel"));
      writeFileSync(join(place, "boot-sentinel", "guarded.json"), unit.registered);
      return unit.check;
    },
  };
}
