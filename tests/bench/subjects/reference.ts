/** The reference implementation, in Rust, driven by a small program: `DATA_DIR EXE VERSION OPERATION…`. @module */
import { existsSync } from "node:fs";
import process from "node:process";
import type { Workshop } from "../workshop.ts";
import type { Subject } from "./subject.ts";

/** Its program, named by `BENCH_PEER`. */
export const REFERENCE: string = process.env["BENCH_PEER"] ?? "";

/** Its name in the tables. */
export const REFERENCE_NAME = "reference (Rust)";

/** Why it cannot be measured, or `undefined`. */
export function withoutReference(): string | undefined {
  if (REFERENCE === "") return "not built here: name its program in BENCH_PEER";
  return existsSync(REFERENCE) ? undefined : `BENCH_PEER names ${REFERENCE}, which does not exist`;
}

/** Its gate in front of the service. */
export function reference(workshop: Workshop, state: "steady" | "armed"): Subject {
  return {
    name: REFERENCE_NAME,
    absent: withoutReference(),
    prepare(place, { exe, args }) {
      const words = [REFERENCE, place, exe, "2.0.0"];
      if (state === "armed") workshop.run([...words, "arm", "2.0.0"], place);
      return [...words, "exec", "1000000", ...args];
    },
  };
}
