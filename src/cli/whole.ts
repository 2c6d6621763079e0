/** The whole program: the real surroundings, and the only exit. @module */
import { stderrLog } from "../system/log.ts";
import { realIo } from "../system/real_io.ts";
import { realPorts } from "../system/real_ports.ts";
import { main } from "./main.ts";

main(realIo.arguments, realIo, (log) => realPorts({ log: stderrLog(log) }))
  .then(realIo.exit, (error) => {
    realIo.stderr(`boot-sentinel: internal error: ${error instanceof Error ? error.stack : error}\n`);
    realIo.exit(70);
  });
