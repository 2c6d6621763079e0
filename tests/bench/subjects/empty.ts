/** An empty program of each runtime: what a gate written for it cannot be faster than. @module */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUN } from "../release.ts";
import type { Workshop } from "../workshop.ts";
import { DENO } from "./boot_sentinel.ts";
import type { Subject } from "./subject.ts";

/** Their names in the tables. */
export const EMPTY_BUN = "empty Bun program";
export const EMPTY_DENO = "empty Deno program";

/** Compiled as most would: the release has more options than these. */
export function emptyBun(workshop: Workshop): Subject {
  return {
    name: EMPTY_BUN,
    prepare(place) {
      const [source, out] = [join(place, "empty.ts"), join(place, "empty")];
      writeFileSync(source, "export {};\n");
      workshop.run([BUN, "build", "--compile", "--minify", "--bytecode", source, "--outfile", out], place);
      return [workshop.copy(out, `${out}-copy`)];
    },
  };
}

/** Run by Deno. */
export const emptyDeno: Subject = {
  name: EMPTY_DENO,
  prepare(place) {
    const source = join(place, "empty.ts");
    writeFileSync(source, "export {};\n");
    return [DENO, "run", "--allow-all", "--no-check", "--quiet", source];
  },
};
