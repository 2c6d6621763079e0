/** The compiled program's entry: each way loads no more than it needs. @module */
import { bareIo } from "../system/process/bare_io.ts";
import { plainLine } from "./plain_line.ts";
import { startSteady } from "./steady_start.ts";

const line = plainLine(bareIo);
// Not awaited: the compiled program is CommonJS, which begins sooner than a module and cannot wait.
if (line === undefined) {
  void import("./whole.ts");
} else {
  startSteady(line, bareIo);
  void import("./plain_run.ts").then(({ runPlain }) => runPlain(line));
}
