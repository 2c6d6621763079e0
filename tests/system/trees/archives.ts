/** Archives by their bytes, also such as no program makes. @module */
import { Buffer } from "node:buffer";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import type { TreeLimits } from "../../../src/system/trees/new_tree.ts";

/** No limit that a test could reach. */
export const LIMITS: TreeLimits = { maxFiles: 1000, specialBits: () => false };

/** An entry of a tar archive. */
export interface TarEntry {
  readonly name: string | Uint8Array;
  /** The type's letter. @default a file */
  readonly type?: string;
  readonly content?: string;
  readonly target?: string;
  readonly mode?: number;
  /** What the header says. @default the content's */
  readonly size?: number;
}

/** A tar archive of entries, with its end. */
export function tarOf(...entries: readonly (TarEntry | Uint8Array)[]): Buffer {
  return Buffer.concat([...entries.map((entry) => entry instanceof Uint8Array ? entry : tarEntry(entry)), END]);
}

/** The end of a tar archive. */
export const END: Buffer = Buffer.alloc(1024);

/** An extended header: its records stand before the next entry. */
export function pax(records: Record<string, string>, type = "x"): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const length = Buffer.byteLength(rest);
    return `${[1, 2, 3, 4].map((digits) => length + digits).find((sum, at) => String(sum).length === at + 1)}${rest}`;
  });
  return tarEntry({ name: "pax", type, content: lines.join("") });
}

/** One entry: header, content, and zeros up to the next block. */
export function tarEntry(entry: TarEntry): Buffer {
  const { name, type = "0", content = "", target = "", mode = 0o644, size = Buffer.byteLength(content) } = entry;
  const header = Buffer.alloc(512);
  header.set(Buffer.from(name as string).subarray(0, 100));
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  octal(mode, 100, 8);
  octal(size, 124, 12);
  octal(1_600_000_000, 136, 12);
  header.write(type, 156, "latin1");
  header.write(target, 157);
  header.write("ustar\x0000", 257, "latin1");
  header.fill(" ", 148, 156);
  octal(header.reduce((sum, byte) => sum + byte, 0), 148, 7);
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - Buffer.byteLength(content) % 512) % 512)]);
}

/** An entry of a zip archive, made on Unix. */
export interface ZipEntry {
  readonly name: string | Uint8Array;
  readonly content?: string;
  /** The whole Unix mode; `null`: made elsewhere, without one. */
  readonly mode?: number | null;
  readonly flags?: number;
  readonly method?: number;
  /** Fields that the header before the content has in another way. */
  readonly local?: { name?: string; method?: number; crc?: number; size?: number };
  readonly crc?: number;
  readonly size?: number;
  readonly extra?: Uint8Array;
}

/** A zip archive of entries. */
export function zipOf(...entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { name, content = "", mode = 0o100644, flags = 0x800, method = 8, local = {}, extra = Buffer.alloc(0) } =
      entry;
    const packed = method === 8 ? deflateRawSync(content) : Buffer.from(content);
    const { crc = crc32(content), size = Buffer.byteLength(content) } = entry;
    const fields = (of: string | Uint8Array, by: number, sum: number, whole: number) => {
      const header = Buffer.alloc(26);
      [20, flags, by, 0, 0x21].forEach((value, at) => header.writeUInt16LE(value, at * 2));
      [sum, packed.length, whole].forEach((value, at) => header.writeUInt32LE(value, 10 + at * 4));
      header.writeUInt16LE(Buffer.from(of as string).length, 22);
      header.writeUInt16LE(extra.length, 24);
      return header;
    };
    const near = local.name ?? name;
    const before = fields(near, local.method ?? method, local.crc ?? crc, local.size ?? size);
    const here = [Buffer.from("PK\x03\x04"), before, Buffer.from(near as string), extra, packed].map(Buffer.from);
    const after = Buffer.alloc(14);
    after.writeUInt32LE(((mode ?? 0) << 16) >>> 0, 6);
    after.writeUInt32LE(offset, 10);
    const made = Buffer.from([20, mode === null ? 0 : 3]);
    const about = [Buffer.from("PK\x01\x02"), made, fields(name, method, crc, size), after];
    directory.push(...about, Buffer.from(name as string), Buffer.from(extra));
    parts.push(...here);
    offset += here.reduce((sum, part) => sum + part.length, 0);
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  [entries.length, entries.length].forEach((count, at) => end.writeUInt16LE(count, 8 + at * 2));
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

/** All that is in a directory, a line each: kind, mode, time in seconds, path, content or target. */
export function listing(dir: string, below = ""): string[] {
  return readdirSync(join(dir, below)).sort().flatMap((name) => {
    const path = below === "" ? name : `${below}/${name}`;
    const stat = lstatSync(join(dir, path));
    const facts = `${(stat.mode & 0o7777).toString(8)} ${Math.floor(stat.mtimeMs / 1000)} ${path}`;
    if (stat.isSymbolicLink()) return [`link ${facts} -> ${readlinkSync(join(dir, path))}`];
    if (!stat.isDirectory()) return [`file ${facts}: ${readFileSync(join(dir, path)).toString("base64")}`];
    return [`directory ${facts}`, ...listing(dir, path)];
  });
}
