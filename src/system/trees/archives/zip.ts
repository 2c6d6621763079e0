/**
 * Unpacks zip archives. The central directory is read by `yauzl`, which does not compare it with the headers of the
 * entries themselves, nor check their checksums.
 *
 * @module
 */
import { crc32, createInflateRaw } from "node:zlib";
import { decompressed, fileBytes } from "./byte_reader.ts";
import { entryPath, nameText } from "../entry_name.ts";
import type { Facts, NewTree } from "../new_tree.ts";
import { damaged, quoted, refused } from "../tree_fault.ts";

/** What is used of yauzl, which has no types of its own. */
interface Yauzl {
  fromFdPromise(fd: number, options: { decodeStrings: false; autoClose: false }): Promise<ZipFile>;
}

interface ZipFile {
  eachEntry(): AsyncIterable<ZipEntry>;
  readLocalFileHeaderPromise(entry: ZipEntry): Promise<LocalHeader>;
}

interface Header {
  readonly fileNameLength: number;
  readonly generalPurposeBitFlag: number;
  readonly compressionMethod: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
}

interface ZipEntry extends Header {
  readonly fileNameRaw: Uint8Array;
  readonly versionMadeBy: number;
  readonly externalFileAttributes: number;
  readonly extraFields: readonly { readonly id: number; readonly data: Uint8Array }[];
  getLastModDate(): Date;
}

interface LocalHeader extends Header {
  readonly fileDataStart: number;
  readonly fileName: Uint8Array;
}

const STORED = 0;
const DEFLATED = 8;

/** Bits of a header's flags. */
const ENCRYPTED = 0x2041;
/** Sizes and checksum stand behind the content, since they were not known before it. */
const SIZES_BEHIND = 0x8;

/** In place of a size that has more than 32 bits, and stands elsewhere. */
const LARGE = 0xffffffff;

/** The types in a Unix mode. */
const TYPE = 0o170000;
const DIRECTORY = 0o040000;
const FILE = 0o100000;
const LINK = 0o120000;

/** The longest target of a link that Linux knows. */
const LONGEST_TARGET = 4096;

/**
 * Makes the entries of a zip archive.
 *
 * @throws {TreeFault} It is cut or damaged, or has an entry that must not be there.
 */
export async function readZip(fd: number, tree: NewTree): Promise<void> {
  // Loaded only when there is a zip archive.
  const yauzl = (await import("yauzl")).default as unknown as Yauzl;
  const zip = await readable(() => yauzl.fromFdPromise(fd, { decodeStrings: false, autoClose: false }));
  const entries = zip.eachEntry()[Symbol.asyncIterator]();
  for (;;) {
    const { done, value: entry } = await readable(() => entries.next());
    if (done === true) return;
    const name = nameOf(entry);
    const local = await readable(() => zip.readLocalFileHeaderPromise(entry));
    if (!agree(entry, local)) {
      throw damaged(`its two headers of ${quoted(name)} do not agree, so programs unpack it differently`);
    }
    await readEntry(fd, tree, name, entry, local.fileDataStart);
  }
}

/** All errors of yauzl are about the archive. */
async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw damaged(`it is cut or damaged (${(error as Error).message})`);
  }
}

/** The name. Info-ZIP may write it a second time; a program that knows only one of them would make another file. */
function nameOf({ fileNameRaw, extraFields }: ZipEntry): string {
  const UNICODE_PATH = 0x7075;
  const name = nameText(fileNameRaw);
  const second = extraFields.find(({ id }) => id === UNICODE_PATH)?.data.subarray(5);
  if (second !== undefined && nameText(second) !== name) throw refused(name, "has a second name, which is another");
  return name;
}

/** Whether the header before the content says the same as the one at the archive's end. */
function agree(entry: ZipEntry, local: LocalHeader): boolean {
  if (nameText(local.fileName) !== nameText(entry.fileNameRaw)) return false;
  const flags = ENCRYPTED | SIZES_BEHIND;
  if ((local.generalPurposeBitFlag & flags) !== (entry.generalPurposeBitFlag & flags)) return false;
  if (local.compressionMethod !== entry.compressionMethod) return false;
  const areBehind = (local.generalPurposeBitFlag & SIZES_BEHIND) !== 0;
  return (["crc32", "compressedSize", "uncompressedSize"] as const).every((key) => {
    const isElsewhere = (local[key] === 0 && areBehind) || (local[key] === LARGE && key !== "crc32");
    return isElsewhere || local[key] === entry[key];
  });
}

async function readEntry(fd: number, tree: NewTree, name: string, entry: ZipEntry, start: number): Promise<void> {
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) throw refused(name, "is encrypted");
  const { compressionMethod: method } = entry;
  if (method !== STORED && method !== DEFLATED) {
    throw refused(name, `is compressed by method ${method}, which is neither 0 (stored) nor 8 (deflated)`);
  }
  const path = entryPath(name);
  const unixMode = modeOf(entry);
  const type = unixMode & TYPE;
  const facts: Facts = {
    mode: unixMode === 0 ? undefined : unixMode & 0o7777,
    time: Math.floor(entry.getLastModDate().getTime() / 1000),
  };
  if (name.endsWith("/")) {
    if (type !== DIRECTORY && type !== 0) throw refused(name, "has the name of a directory, but is none");
    if (entry.uncompressedSize !== 0) throw refused(name, "is a directory with content");
    tree.directory(path, facts);
  } else if (type === LINK) {
    if (entry.uncompressedSize > LONGEST_TARGET) throw refused(name, "is a link that is too long");
    const target = new Uint8Array(entry.uncompressedSize);
    let length = 0;
    await readContent(fd, name, entry, start, (chunk) => {
      target.set(chunk, length);
      length += chunk.length;
    });
    tree.link(path, nameText(target), facts);
  } else if (type === FILE || type === 0) {
    const file = tree.file(path, facts);
    await readContent(fd, name, entry, start, file.write);
    file.finish();
  } else {
    throw refused(name, type === DIRECTORY ? "is a directory with the name of a file" : "is a device, FIFO or socket");
  }
}

/** The Unix mode; 0: the archive was made elsewhere. */
function modeOf({ versionMadeBy, externalFileAttributes }: ZipEntry): number {
  const UNIX = 3;
  const MACOS = 19;
  return [UNIX, MACOS].includes(versionMadeBy >> 8) ? externalFileAttributes >>> 16 : 0;
}

async function readContent(
  fd: number,
  name: string,
  { compressedSize, uncompressedSize, compressionMethod, crc32: expected }: ZipEntry,
  start: number,
  use: (chunk: Uint8Array) => void,
): Promise<void> {
  const stored = fileBytes(fd, start, start + compressedSize);
  const content = compressionMethod === STORED ? stored : decompressed(stored, createInflateRaw());
  let size = 0;
  let crc = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > uncompressedSize) break;
    crc = crc32(chunk, crc);
    use(chunk);
  }
  if (size !== uncompressedSize || crc !== expected) {
    throw damaged(`the content of ${quoted(name)} is not what its header says`);
  }
}
