/** `exec:COMMAND`: passes when a shell command exits with 0. @module */
import type { Probe } from "./probe.ts";

/** Makes the probe. */
export function execProbe(text: string): Probe {
  const command = text.slice("exec:".length).trim();
  if (command === "") throw new Error("it is exec:COMMAND");
  return {
    text,
    async check({ io, timeoutMs }) {
      const code = await io.shell(command, timeoutMs);
      return code === 0 ? undefined : `it exits with ${code}`;
    },
  };
}
