/** Defaults of options, as a user would write them. @module */
import { showDuration } from "../../service/duration.ts";
import { sizeValue } from "../../service/size.ts";
import type { OptionSpec } from "./option_spec.ts";

/** The default of an option; `undefined` when there is none. */
export function shownDefault({ kind, default: value }: Pick<OptionSpec, "kind" | "default">): OptionSpec["default"] {
  if (value === undefined) return undefined;
  if (kind === "duration") return showDuration(Number(value));
  return kind === "size" ? sizeValue(Number(value)) : value;
}
