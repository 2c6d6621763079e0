/** The headers of tar archives: ustar, pax and GNU's. @module */
import { nameText } from "../entry_name.ts";
import { damaged, refused } from "../tree_fault.ts";

/** Headers and contents begin at multiples of this. */
export const BLOCK = 512;

/** A header as it is in the archive. */
export interface TarHeader {
  readonly type: string;
  readonly name: Uint8Array;
  readonly target: Uint8Array;
  readonly size: number;
  readonly mode: number;
  readonly time: number;
}

/** True for a block of zeros; two of them are an archive's end. */
export function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Reads a header. */
export function tarHeader(block: Uint8Array): TarHeader {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  const magic = ascii(block, 257, 8);
  const isGnu = magic === "ustar  \0";
  if (number(block, 148, 8) !== sum || !(isGnu || magic.startsWith("ustar\0"))) {
    throw damaged("it is cut or damaged: there is no header where one must be");
  }
  // GNU has other things in the place of the prefix.
  const prefix = isGnu ? new Uint8Array() : text(block, 345, 155);
  const short = text(block, 0, 100);
  return {
    type: ascii(block, 156, 1),
    name: prefix.length === 0 ? short : Uint8Array.of(...prefix, 0x2f, ...short),
    target: text(block, 157, 100),
    size: number(block, 124, 12),
    mode: number(block, 100, 8) & 0o7777,
    time: number(block, 136, 12),
  };
}

/** The records of an extended header, such as `path`. */
export function paxRecords(bytes: Uint8Array): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const digits = ascii(bytes, at, Math.max(0, space - at));
    const end = at + Number(digits);
    const equals = bytes.indexOf(0x3d, space);
    const isRecord = /^[1-9]\d{0,8}$/.test(digits) && end <= bytes.length && equals < end && equals > space + 1;
    if (!isRecord || bytes[end - 1] !== 0x0a) throw damaged("it is damaged: an extended header makes no sense");
    records.set(nameText(bytes.subarray(space + 1, equals)), bytes.slice(equals + 1, end - 1));
    at = end;
  }
  return records;
}

/** The number in a record; `undefined` when there is no such record. */
export function paxNumber(records: Map<string, Uint8Array>, key: string): number | undefined {
  const bytes = records.get(key);
  if (bytes === undefined) return undefined;
  const digits = ascii(bytes, 0, bytes.length);
  if (!/^-?\d{1,15}(\.\d*)?$/.test(digits)) throw damaged(`it is damaged: an extended header has ${key} ${digits}`);
  return Number(digits);
}

/** Up to the first NUL. */
export function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** The kinds of entries that no release needs, by their letters. */
const REFUSED: Readonly<Record<string, string>> = {
  "3": "is a device",
  "4": "is a device",
  "6": "is a FIFO",
  S: "is stored as a sparse file (tar --sparse)",
};

/** Why an entry of this type cannot be unpacked. */
export function typeFault(type: string, name: string): Error {
  return refused(name, REFUSED[type] ?? `is of a type that is not known here (${JSON.stringify(type)})`);
}

function text(block: Uint8Array, at: number, length: number): Uint8Array {
  return untilNul(block.subarray(at, at + length)).slice();
}

function ascii(block: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...block.subarray(at, at + length));
}

/** A number: octal digits, or GNU's binary form, whose first bit is set. */
function number(block: Uint8Array, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  const [first = 0] = field;
  if (first === 0x80 || first === 0xff) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const whole = Number(first === 0xff ? value - (1n << BigInt(8 * (length - 1))) : value);
    if (Number.isSafeInteger(whole)) return whole;
  }
  const digits = ascii(field, 0, length).replace(/[\0 ]+$/, "").trimStart();
  if (!/^[0-7]*$/.test(digits)) throw damaged("it is cut or damaged: a header has no number where one must be");
  return digits === "" ? 0 : parseInt(digits, 8);
}
