/** `file:PATH`: passes when a file was written or touched since the service started. @module */
import type { Probe } from "./probe.ts";

/** Makes the probe. It compares the file's stamp before and after, not its mtime with the clock, which may be set. */
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
      return Promise.resolve(now === before ? "the file was not changed since the start" : undefined);
    },
  };
}
