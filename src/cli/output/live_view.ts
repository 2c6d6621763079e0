/** The live view of a deployment on a terminal: lines that are drawn again in place, below the events. @module */
import type { Status } from "../../core/status.ts";
import type { Paint } from "./format.ts";
import { gauge } from "./status_view.ts";

/** The lines of a status: the boots, how long it takes, and what each probe answered last. */
export function liveLines({ pending, watcher, live }: Status, seconds: number, paint: Paint): string[] {
  const version = paint("strong", pending?.version ?? live.version);
  const boots = pending === null
    ? ""
    : `  boot ${pending.attempts} of ${pending.maxAttempts}  ${gauge(pending.attempts, pending.maxAttempts)}`;
  const probes = (watcher?.probes ?? []).map(({ probe, fault }) =>
    fault === null ? `  ${paint("good", "✓")} ${probe}` : `  ${paint("bad", "✗")} ${probe}: ${fault}`
  );
  return [`${version}${boots}  ${seconds} s`, ...probes];
}

/** Draws lines in place on a terminal. */
export interface LiveView {
  /** Replaces the lines. */
  draw(lines: readonly string[]): void;
  /** Writes text above them. */
  above(text: string): void;
  /** Removes them. */
  clear(): void;
}

/** Long lines are cut by the terminal while this is set: a line that takes two would not be removed as a whole. */
const [CUT, WRAP] = ["\x1b[?7l", "\x1b[?7h"];

/** A live view on the terminal that `write` leads to. */
export function liveView(write: (text: string) => void): LiveView {
  let shown: readonly string[] = [];
  const removal = () => shown.length === 0 ? "" : `\x1b[${shown.length}A\r\x1b[J`;
  const drawing = (lines: readonly string[]) => lines.length === 0 ? "" : `${CUT}${lines.join("\n")}\n${WRAP}`;
  return {
    draw(lines) {
      if (lines.join("\n") === shown.join("\n")) return;
      write(removal() + drawing(lines));
      shown = lines;
    },
    above: (text) => write(removal() + text + drawing(shown)),
    clear() {
      write(removal());
      shown = [];
    },
  };
}
