/** The faults of a herd's store as those of a command. @module */
import { EXIT } from "../../core/exit_codes.ts";
import { type HerdFaultCode, HerdStoreError } from "../../herd/herd_store.ts";
import { UsageError } from "../cli_errors.ts";

/** A store that does not answer says neither yes nor no. */
const EXIT_CODES: Record<HerdFaultCode, number> = {
  offline: EXIT.unknown,
  denied: EXIT.denied,
  readOnly: EXIT.usage,
  other: EXIT.badConfig,
};

/** What a command tells beside the fault. */
export interface FaultNotes {
  /** What state things are in now. @default a call without an answer may have been carried out, and no other one was */
  readonly state?: string | undefined;
  /** Whose credentials the command takes. */
  readonly whose: string;
}

/** The error that a command ends with. */
export function storeFault({ code, message }: HerdStoreError, { state, whose }: FaultNotes): UsageError {
  const isSilent = code === "offline";
  const now = state ?? (isSilent ? "nothing is known to have changed" : "nothing was changed");
  const advice: Record<HerdFaultCode, string> = {
    offline: "; try again when it answers",
    denied: `; take the credentials of ${whose} of this app: --herd-creds FILE, --herd-app APP`,
    readOnly: "",
    other: "",
  };
  return new UsageError(`${message}; ${now}${advice[code]}`, EXIT_CODES[code]);
}

/** Ends a command with a fault of its store; any other error as it is. */
export async function withStoreFaults<T>(notes: FaultNotes, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof HerdStoreError ? storeFault(error, notes) : error;
  }
}
