/** What the state files say of a service's data. @module */
import { maybe, number, object, type Shape, text, words } from "./validators.ts";

/** A snapshot of a service's data. It is whole when there is a directory of its name. */
export interface DataSnapshot {
  /** The directory that was copied, links followed. */
  readonly path: string;
  /** What its name is made of. */
  readonly token: string;
  /** When it was taken, ISO 8601. */
  readonly takenAt: string;
  /** The sizes of its files, once it is whole. */
  readonly bytes?: number | undefined;
  /** Sha256 of the build that was last-good then: these are its data. */
  readonly of?: string | undefined;
  /** Where the newer data are moved when it is put back. Written before that is done. */
  readonly aside?: string | undefined;
}

/** Data that a rollback put back. */
export interface PutBackData {
  /** The directory. */
  readonly path: string;
  /** Where the newer data lie. */
  readonly aside: string;
  /** When the snapshot was taken that is there now, ISO 8601. */
  readonly takenAt: string;
}

/** A snapshot in the sentinel. */
export const dataSnapshotShape: Shape<DataSnapshot> = object<DataSnapshot>({
  path: text,
  token: text,
  takenAt: words,
  bytes: maybe(number),
  of: maybe(text),
  aside: maybe(text),
});

/** Data that were put back, in the record. */
export const putBackShape: Shape<PutBackData> = object<PutBackData>({ path: words, aside: words, takenAt: words });
