/** What the state files say of members: files that go and come back with a build. @module */
import { list, maybe, object, type Shape, text } from "./validators.ts";

/** A file that goes and comes back with a build. */
export interface Member {
  readonly path: string;
  /** Sha256 of its content; without one, the build has no such file. */
  readonly digest?: string | undefined;
  /** Its permission bits and its owner. */
  readonly access?: string | undefined;
  /** The name of its copy in the folder of kept members. */
  readonly kept?: string | undefined;
}

/** A change of the program and its members that is under way. */
export interface Intent {
  /** Sha256 of the build: once it is live, the members follow; until then nothing but temporary files was made. */
  readonly digest: string;
  readonly members: readonly IntendedMember[];
}

/** What is to be at a member's path. */
export interface IntendedMember {
  readonly path: string;
  /** Sha256 of what is to be there; without one, no file. */
  readonly digest?: string | undefined;
  /** The complete file beside it that is to be renamed to it. */
  readonly stage?: string | undefined;
  /** Sha256 of what the outgoing build has there. Anything else was written by somebody, and is kept. */
  readonly outgoing?: string | undefined;
}

const maybeText = maybe(text);

/** The members of a build. */
export const membersShape: Shape<Member[]> = list(
  object<Member>({ path: text, digest: maybeText, access: maybeText, kept: maybeText }),
);

/** A change that is under way. */
export const intentShape: Shape<Intent> = object<Intent>({
  digest: text,
  members: list(object<IntendedMember>({ path: text, digest: maybeText, stage: maybeText, outgoing: maybeText })),
});
