/** Unpacks tar archives. @module */
import type { ByteReader } from "./byte_reader.ts";
import { entryPath, nameText } from "../entry_name.ts";
import type { Facts, NewTree } from "../new_tree.ts";
import { BLOCK, isZero, paxNumber, paxRecords, type TarHeader, tarHeader, typeFault, untilNul } from "./tar_header.ts";
import { damaged, refused } from "../tree_fault.ts";

/** The most that is read for names and attributes of one entry. */
const LONGEST_HEADER = 1024 * 1024;

/** What extended headers say of the entry behind them. */
interface Extended {
  name?: Uint8Array;
  target?: Uint8Array;
  records?: Map<string, Uint8Array>;
}

/**
 * Makes the entries of a tar archive.
 *
 * @throws {TreeFault} It is cut or damaged, or has an entry that must not be there.
 */
export async function readTar(reader: ByteReader, tree: NewTree): Promise<void> {
  let extended: Extended = {};
  let globalTime: number | undefined;
  for (;;) {
    const block = await reader.take(BLOCK);
    if (block.length < BLOCK) throw damaged("it ends too early");
    if (isZero(block)) break;
    const header = tarHeader(block);
    if ("xgLK".includes(header.type)) {
      const bytes = await extension(reader, header);
      if (header.type === "g") globalTime = paxNumber(globalRecords(bytes), "mtime") ?? globalTime;
      else extended = extend(extended, header.type, bytes);
    } else {
      await readEntry(reader, tree, header, extended, globalTime);
      extended = {};
    }
  }
  if (Object.keys(extended).length > 0) throw damaged("it ends too early");
  await expectEnd(reader);
}

/** Behind the first block of zeros is a second one, and then nothing but zeros. */
async function expectEnd(reader: ByteReader): Promise<void> {
  let rest = await reader.take(BLOCK);
  if (rest.length < BLOCK) throw damaged("it ends too early");
  for (; rest.length > 0; rest = await reader.take(BLOCK)) {
    if (!isZero(rest)) throw damaged("it has data behind its end");
  }
}

async function extension(reader: ByteReader, { size }: TarHeader): Promise<Uint8Array> {
  if (size < 0 || size > LONGEST_HEADER) throw damaged(`it has an extended header of ${size} bytes`);
  const bytes = (await reader.take(size)).slice();
  if (bytes.length < size) throw damaged("it ends too early");
  await reader.each(padding(size), () => {});
  return bytes;
}

function extend(extended: Extended, type: string, bytes: Uint8Array): Extended {
  const added = type === "L"
    ? { name: untilNul(bytes) }
    : type === "K"
    ? { target: untilNul(bytes) }
    : { records: paxRecords(bytes) };
  // Which of two names counts is told differently by different programs.
  if (Object.keys(added).some((key) => key in extended)) throw damaged("it has two extended headers for one entry");
  return { ...extended, ...added };
}

/** A global header is made for comments, such as git's commit; a name or size in it would count for all entries. */
function globalRecords(bytes: Uint8Array): Map<string, Uint8Array> {
  const records = paxRecords(bytes);
  for (const key of records.keys()) {
    if (/^(path|linkpath|size|hdrcharset|GNU\.sparse\..*)$/.test(key)) {
      throw damaged(`it has a global header with ${key}, which is not supported`);
    }
  }
  return records;
}

async function readEntry(
  reader: ByteReader,
  tree: NewTree,
  header: TarHeader,
  { name: longName, target: longTarget, records = new Map() }: Extended,
  globalTime: number | undefined,
): Promise<void> {
  const name = nameText(records.get("path") ?? longName ?? header.name);
  const target = () => nameText(records.get("linkpath") ?? longTarget ?? header.target);
  const size = paxNumber(records, "size") ?? header.size;
  const facts: Facts = { mode: header.mode, time: paxNumber(records, "mtime") ?? globalTime ?? header.time };
  const path = entryPath(name);
  if ([...records.keys()].some((key) => key.startsWith("GNU.sparse."))) throw typeFault("S", name);
  // "\0" is what old programs write, "7" is a file that should lie in one piece.
  const isFile = "0\x007".includes(header.type);
  if (isFile ? size < 0 || !Number.isSafeInteger(size) : size !== 0 && "125".includes(header.type)) {
    throw refused(name, `has a size that makes no sense (${size})`);
  }
  if (isFile) {
    if (path === "" || name.endsWith("/")) throw refused(name, "is a file with the name of a directory");
    const file = tree.file(path, facts);
    await reader.each(size, file.write);
    file.finish();
    await reader.each(padding(size), () => {});
  } else if (header.type === "5") {
    tree.directory(path, facts);
  } else if (header.type === "2") {
    tree.link(path, target(), facts);
  } else if (header.type === "1") {
    tree.copy(path, entryPath(target()), facts);
  } else {
    throw typeFault(header.type, name);
  }
}

/** The zeros up to the next block. */
function padding(size: number): number {
  return (BLOCK - size % BLOCK) % BLOCK;
}
