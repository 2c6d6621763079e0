/**
 * Checks whether a program's file is as long as its headers say: a download that was cut short begins like a program.
 *
 * @module
 */
import { hasMagic } from "./executable_format.ts";

/** How many bytes {@link missingEnd} needs: the headers lie at a file's start. */
export const HEADER_BYTES = 4096;

/**
 * Why a program's file is not complete; `undefined` if it is, as far as its headers tell.
 *
 * @param head The first {@link HEADER_BYTES} of the file, or all of it.
 * @param size The size of the file in bytes.
 */
export function missingEnd(head: Uint8Array, size: number): string | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    const end = hasMagic(head, "elf") ? endOfElf(view) : hasMagic(head, "pe") ? endOfPe(view) : 0;
    return end > size ? `it is cut short: it has ${size} bytes, and its headers tell of ${end}` : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // headers elsewhere, or none
    throw error;
  }
}

/** Where the last segment, or the table of sections, ends. */
function endOfElf(view: DataView): number {
  const is64 = view.getUint8(4) === 2;
  const little = view.getUint8(5) === 1;
  const word = (at: number) => is64 ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  const half = (at: number) => view.getUint16(at, little);
  const [segments, sections, counts] = is64 ? [word(32), word(40), 54] : [word(28), word(32), 42];
  let end = sections + half(counts + 4) * half(counts + 6);
  for (let n = 0; n < half(counts + 2); n++) {
    const at = segments + n * half(counts);
    end = Math.max(end, is64 ? word(at + 8) + word(at + 32) : word(at + 4) + word(at + 16));
  }
  return end;
}

/** Where the data of the last section ends. */
function endOfPe(view: DataView): number {
  const header = view.getUint32(0x3c, true);
  if (view.getUint32(header, true) !== 0x4550) return 0; // "PE", else it is a program of DOS
  const sections = header + 24 + view.getUint16(header + 20, true);
  let end = 0;
  for (let n = 0; n < view.getUint16(header + 6, true); n++) {
    const at = sections + n * 40;
    end = Math.max(end, view.getUint32(at + 16, true) + view.getUint32(at + 20, true));
  }
  return end;
}
