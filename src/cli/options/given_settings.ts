/** The settings that a command registers for a service. @module */
import { resolve } from "@std/path/resolve.js";
import { showDuration } from "../../service/duration.ts";
import type { EarlyContext } from "../command.ts";
import { type OptionName, specOf } from "./options.ts";

/** Of these options those that were given to this command, in the form of the configuration file. */
export function givenSettings(
  { settings, flags, originOf, io }: Pick<EarlyContext, "settings" | "flags" | "originOf" | "io">,
  among: readonly OptionName[],
): Record<string, unknown> {
  const isGiven = (name: OptionName) => {
    const { kind } = originOf(name);
    return kind === "flag" || kind === "environment" || (kind === "file" && flags.config !== undefined);
  };
  return Object.fromEntries(
    among.filter(isGiven).map((name) => {
      const value = settings[name];
      const { kind, value: what } = specOf(name);
      if (kind === "duration") return [name, showDuration(Number(value))];
      const isPath = (what === "FILE" || what === "DIR") && name !== "minisignKey";
      return [name, isPath ? resolve(io.cwd, String(value)) : value];
    }),
  );
}
