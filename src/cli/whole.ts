/** The whole program in its real surroundings. @module */
import { stderrLog } from "../system/process/log.ts";
import { realIo } from "../system/process/real_io.ts";
import { realPorts } from "../system/real_ports.ts";
import { exitWith } from "./exit_with.ts";
import { main } from "./main.ts";

void exitWith(main(realIo.arguments, realIo, (log) => realPorts({ log: stderrLog(log) })), realIo);
