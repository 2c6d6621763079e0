/** The entry point of the executable. @module */
import { processIo } from "../system/process/process_io.ts";
import { EXIT } from "../core/exit_codes.ts";
import { main } from "./main.ts";

main(processIo.args).then(processIo.exit, (error) => {
  processIo.stderr(`boot-sentinel: internal error: ${error instanceof Error ? error.stack : error}\n`);
  processIo.exit(EXIT.internal);
});
