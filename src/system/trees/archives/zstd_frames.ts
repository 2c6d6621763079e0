/** The frames of a zstd file (RFC 8878). @module */
import { exactBytes } from "./byte_reader.ts";
import { damaged } from "../tree_fault.ts";

const FRAME = 0xfd2fb528;
/** Skippable frames have the last four bits free. */
const SKIPPABLE = 0x184d2a5;

const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

/**
 * Where the frames of a file begin and end. The decompressors of the runtimes take a cut frame for a whole one, and some
 * stop behind the first: so each is found by its own sizes first.
 *
 * @throws {TreeFault} The last one is cut, or something else is behind it.
 */
export function zstdFrames(fd: number, size: number): [start: number, end: number][] {
  const frames: [number, number][] = [];
  for (let at = 0; at < size;) {
    const magic = number(fd, at, 4, size);
    if (magic >>> 4 === SKIPPABLE) {
      at += 8 + number(fd, at + 4, 4, size);
    } else if (magic === FRAME) {
      const end = frameEnd(fd, at, size);
      frames.push([at, end]);
      at = end;
    } else {
      throw damaged("it has data behind its end");
    }
    if (at > size) throw damaged("it ends too early");
  }
  return frames;
}

function frameEnd(fd: number, start: number, size: number): number {
  const descriptor = number(fd, start + 4, 1, size);
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const content = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let at = start + 5 + (isSingle ? 0 : 1) + dictionary + content;
  for (let isLast = false; !isLast;) {
    const header = number(fd, at, 3, size);
    isLast = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    if (type !== RAW && type !== RLE && type !== COMPRESSED) throw damaged("it is damaged");
    at += 3 + (type === RLE ? 1 : header >> 3);
  }
  const hasChecksum = (descriptor & 4) !== 0;
  return at + (hasChecksum ? 4 : 0);
}

/** A little-endian number. */
function number(fd: number, at: number, length: number, size: number): number {
  if (at + length > size) throw damaged("it ends too early");
  return exactBytes(fd, at, length).reduceRight((sum, byte) => sum * 256 + byte, 0);
}
