/** What an option is. @module */
import type { Page } from "../output/pages.ts";

/** An option. */
export interface OptionSpec {
  readonly kind: "text" | "count" | "flag" | "choice" | "duration" | "size" | "list";
  /** A name for the value in the help. Shells complete `PATH`, `FILE` and `DIR` as paths. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** The least value of a count. @default 0 */
  readonly least?: number;
  /** A duration in milliseconds. */
  readonly default?: string | number;
  /** Checks a text, or each text of a list; throws an `Error` that says what is wrong. */
  readonly check?: (text: string) => unknown;
  /** False: only the command line can set it, neither the environment nor the configuration file. */
  readonly persistent: boolean;
  /** False: the environment can set it, but not the configuration file. */
  readonly inFile?: false;
  readonly help: string;
  /** The page of the manual about it, if that is not the command's. */
  readonly page?: Page;
}
