/** Reads an archive's bytes, one after the other. @module */
import { Readable, type Transform } from "node:stream";
import { calls } from "../../fs/calls.ts";
import { damaged } from "../tree_fault.ts";

const CHUNK = 256 * 1024;

/** The bytes of an open file from `start` to `end`. */
export function* fileBytes(fd: number, start: number, end: number): Generator<Uint8Array> {
  for (let at = start; at < end;) {
    const chunk = exactBytes(fd, at, Math.min(CHUNK, end - at));
    yield chunk;
    at += chunk.length;
  }
}

/** So many bytes of an open file from `at` on. */
export function exactBytes(fd: number, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const read = calls().read(fd, bytes.subarray(done), at + done);
    if (read === 0) throw damaged("it ends too early");
    done += read;
  }
  return bytes;
}

/** What a decompressor makes of bytes. */
export async function* decompressed(source: Iterable<Uint8Array>, by: Transform): AsyncGenerator<Uint8Array> {
  const readable = Readable.from(source);
  let unread: unknown;
  readable.on("error", (error) => {
    unread = error;
    by.destroy(error);
  });
  readable.pipe(by);
  try {
    yield* by;
  } catch (error) {
    if (unread !== undefined) throw unread;
    throw damaged(`it is cut or damaged (${error instanceof Error ? error.message : error})`);
  } finally {
    readable.destroy();
  }
}

/** Takes bytes from chunks of any size. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** The next bytes, `length` of them; less at the end. Valid until the next call. */
  async take(length: number): Promise<Uint8Array> {
    if (this.#chunk.length >= length) return this.#cut(length);
    const gathered = new Uint8Array(length);
    let done = 0;
    while (done < length && (this.#chunk.length > 0 || await this.#next())) {
      const bytes = this.#cut(length - done);
      gathered.set(bytes, done);
      done += bytes.length;
    }
    return gathered.subarray(0, done);
  }

  /** Passes on the next `length` bytes. */
  async each(length: number, use: (bytes: Uint8Array) => void): Promise<void> {
    for (let left = length; left > 0;) {
      if (this.#chunk.length === 0 && !await this.#next()) throw damaged("it ends too early");
      const bytes = this.#cut(left);
      use(bytes);
      left -= bytes.length;
    }
  }

  /** Lets go of the source. */
  async end(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    this.#chunk = value;
    return true;
  }

  #cut(length: number): Uint8Array {
    const bytes = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    return bytes;
  }
}
