/** Nobody in front of the service: the floor. @module */
import type { Subject } from "./subject.ts";

/** The service started directly. */
export const direct: Subject = {
  name: "started directly",
  prepare: (_, { exe, args }) => [exe, ...args],
};
