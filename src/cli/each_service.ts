/** All registered services, for commands that were not told which one they are about. @module */
import { UsageError } from "./cli_errors.ts";
import type { Context } from "./command.ts";
import { resolveSettings } from "./options/settings.ts";

/** A registered service. */
export interface EachService {
  readonly name: string;
  /** The context of a command for this service, or why its settings cannot be read. */
  readonly context: Context | UsageError;
}

/** The services that a command is about: all, when it names none and there are several; else none. */
export async function eachService(context: Context): Promise<EachService[]> {
  const { services, flags, io, ports: { fs, host: { os } } } = context;
  return await Promise.all(services.map(async (name) => {
    try {
      const resolved = await resolveSettings({ ...flags, name }, { fs, io, os }, { kind: "none" });
      return { name, context: { ...context, ...resolved } };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return { name, context: error };
    }
  }));
}
