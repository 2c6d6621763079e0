/** Translates what the NATS client throws. @module */
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { messageOf } from "../../../core/errors.ts";
import { type HerdFaultCode, HerdStoreError } from "../../herd_store.ts";

/** The server's code for a compare-and-set that somebody else won. */
const WRONG_LAST_SEQUENCE = [10071, 10164];

/** The fault of a call that the client ended with an error. */
export function natsFault(url: string, error: unknown): HerdStoreError {
  if (error instanceof HerdStoreError) return error;
  const cause = causeOf(error);
  switch (codeOf(cause)) {
    case "denied":
      return new HerdStoreError("denied", `The herd at ${url} does not permit this: ${messageOf(cause)}`, { cause });
    case "offline":
      return new HerdStoreError("offline", `The herd at ${url} does not answer: ${reasonOf(cause)}`, { cause });
    default:
      return new HerdStoreError("other", `Cannot use the herd at ${url}: ${reasonOf(cause)}`, { cause });
  }
}

/** Whether somebody else changed the key first. */
export function isLostRace(error: unknown): boolean {
  return WRONG_LAST_SEQUENCE.includes(Number((error as { code?: unknown }).code));
}

/** The client wraps what ended a request. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof Error) || error.cause === undefined) return error;
  // The client exports no class of the second one.
  const isWrapper = error instanceof errors.RequestError || error.name === "JetStreamNotEnabled";
  return isWrapper ? causeOf(error.cause) : error;
}

function codeOf(error: unknown): HerdFaultCode {
  if (
    error instanceof errors.PermissionViolationError || error instanceof errors.AuthorizationError ||
    error instanceof errors.UserAuthenticationExpiredError
  ) return "denied";
  // In a cluster that has no majority.
  if (error instanceof JetStreamApiError && error.status === 503) return "offline";
  // The client throws the faults of a handshake as they come from the socket.
  const isTls = /certificate|self.signed|altname|tls/i.test(messageOf(error));
  if (isTls) return "other";
  if (
    error instanceof errors.TimeoutError || error instanceof errors.NoRespondersError ||
    error instanceof errors.ConnectionError || error instanceof errors.ClosedConnectionError ||
    error instanceof errors.DrainingConnectionError
  ) return "offline";
  return isSocketFault(error) ? "offline" : "other";
}

function isSocketFault(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" && /^E[A-Z]+$|^ENOTFOUND$|^EAI_/.test(code);
}

function reasonOf(error: unknown): string {
  const isMissing = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
  if (isMissing) return "it has no bucket of this app; boot-sentinel herd init makes it";
  if (error instanceof errors.NoRespondersError) {
    return "no bucket of this app is there now; boot-sentinel herd init makes one that is missing";
  }
  return messageOf(error);
}
