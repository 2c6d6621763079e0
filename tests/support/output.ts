/** What a process says while it runs. @module */
import type { Readable } from "node:stream";

/** Waits until what a stream has said since this call matches; returns that. Rejects when the stream ends before. */
export function said(stream: Readable | null, pattern: RegExp): Promise<string> {
  return new Promise((done, failed) => {
    let text = "";
    const onData = (chunk: Uint8Array) => {
      text += new TextDecoder().decode(chunk);
      if (!pattern.test(text)) return;
      stream?.off("data", onData);
      done(text);
    };
    stream?.on("data", onData);
    stream?.once("end", () => failed(new Error(`It never said ${pattern}, only: ${text}`)));
  });
}
