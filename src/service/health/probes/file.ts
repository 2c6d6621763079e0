/** `file:PATH`: the service has written or touched a file since it started. @module */
import type { Probe } from "./probe.ts";

/** Makes the probe. What counts is that the file has changed, not what its time says: clocks are set. */
export function fileProbe(text: string): Probe {
  const path = text.slice("file:".length).replace(/^\/\/(?=\/)/, "");
  if (path === "") throw new Error("it is file:PATH");
  let before: string | undefined;
  return {
    text,
    begin(io) {
      before = io.fileStamp(path);
    },
    check({ io }) {
      const now = io.fileStamp(path);
      if (now === undefined) return Promise.resolve("the file does not exist");
      return Promise.resolve(now === before ? "the file was not touched since the start" : undefined);
    },
  };
}
