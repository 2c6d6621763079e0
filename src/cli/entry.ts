/** The compiled program's entry: each way loads no more than it needs. @module */
import { bareIo } from "../system/bare_io.ts";
import { plainLine } from "./plain_line.ts";
import { startSteady } from "./steady_start.ts";

const line = plainLine(bareIo);
if (line === undefined) {
  await import("./whole.ts");
} else {
  startSteady(line, bareIo);
  const { runPlain } = await import("./plain_run.ts");
  await runPlain(line);
}
