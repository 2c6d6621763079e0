/** The compiled program's entry: a steady service is started at once, anything else is for the whole program. @module */
import { bareIo } from "../system/bare_io.ts";
import { startSteady } from "./steady_start.ts";

startSteady(bareIo);
await import("./whole.ts");
