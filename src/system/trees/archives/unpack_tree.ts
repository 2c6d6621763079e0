/** Unpacks an archive into a new directory. @module */
import { createGunzip, createZstdDecompress } from "node:zlib";
import { calls } from "../../fs/calls.ts";
import { stampOf } from "../../fs/file_calls.ts";
import { OPEN } from "../../fs/files.ts";
import { withRightsAt } from "../../linux/owner_rights.ts";
import { ByteReader, decompressed, fileBytes } from "./byte_reader.ts";
import { makeTree } from "../make_tree.ts";
import type { NewTree, TreeLimits } from "../new_tree.ts";
import { readTar } from "./tar.ts";
import { damaged, TreeFault } from "../tree_fault.ts";
import { readZip } from "./zip.ts";
import { zstdFrames } from "./zstd_frames.ts";

/** How much a decompressor gives at once. */
const CHUNK = 256 * 1024;

/**
 * Unpacks an archive into the new directory `into`, and flushes it. Its first bytes tell what it is: tar (also by gzip
 * or zstd), or zip. On an error nothing is left of the directory.
 *
 * @returns The manifest of what was written.
 * @throws {FsError} It is cut, damaged or above a limit, or has an entry that must not be there; or the disk is full.
 */
export async function unpackTree(archive: string, into: string, limits: TreeLimits): Promise<string> {
  return await makeTree("unpack", archive, into, limits, async (tree) => {
    const fd = withRightsAt(archive, () => calls().open(archive, OPEN.read));
    try {
      const before = calls().fstat(fd);
      if (before.kind !== "file") throw new TreeFault("it is no regular file", "name an archive");
      await unpack(fd, before.size, tree);
      if (stampOf(calls().fstat(fd)) !== stampOf(before)) {
        throw new TreeFault("it was changed while it was read", "try again when it is complete");
      }
    } finally {
      calls().close(fd);
    }
  });
}

async function unpack(fd: number, size: number, tree: NewTree): Promise<void> {
  const start = new Uint8Array(BYTES);
  calls().read(fd, start, 0);
  const format = FORMATS.find(({ at, magic }) => magic.every((byte, index) => start[at + index] === byte));
  if (format === undefined) {
    throw new TreeFault(
      "it is no archive that is known here",
      "give a .tar, .tar.gz, .tar.zst or .zip, or a directory",
    );
  }
  await format.read(fd, size, tree);
}

/** How many bytes tell the format. */
const BYTES = 512;

interface Format {
  readonly at: number;
  readonly magic: readonly number[];
  readonly read: (fd: number, size: number, tree: NewTree) => Promise<void>;
}

const FORMATS: readonly Format[] = [
  { at: 0, magic: [0x1f, 0x8b], read: gzip },
  { at: 0, magic: [0x28, 0xb5, 0x2f, 0xfd], read: zstd },
  // "PK", then the first entry, or the end of an empty archive.
  { at: 0, magic: [0x50, 0x4b, 3, 4], read: (fd, _size, tree) => readZip(fd, tree) },
  { at: 0, magic: [0x50, 0x4b, 5, 6], read: (fd, _size, tree) => readZip(fd, tree) },
  // "ustar"
  { at: 257, magic: [0x75, 0x73, 0x74, 0x61, 0x72], read: (fd, size, tree) => tar(fileBytes(fd, 0, size), tree) },
];

async function gzip(fd: number, size: number, tree: NewTree): Promise<void> {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  await tar(decompressed(fileBytes(fd, 0, size), gunzip), tree);
  // What follows the last member and is no other one is not decompressed.
  if (gunzip.bytesWritten !== size) throw damaged("it has data behind its end");
}

async function zstd(fd: number, size: number, tree: NewTree): Promise<void> {
  // Node has it since 22.15.
  if (typeof createZstdDecompress !== "function") {
    throw new TreeFault("it is compressed by zstd, which this runtime does not know", "compress it by gzip");
  }
  const frames = zstdFrames(fd, size);
  async function* contents(): AsyncGenerator<Uint8Array> {
    for (const [start, end] of frames) {
      yield* decompressed(fileBytes(fd, start, end), createZstdDecompress({ chunkSize: CHUNK }));
    }
  }
  await tar(contents(), tree);
}

async function tar(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, tree: NewTree): Promise<void> {
  const reader = new ByteReader(source);
  try {
    await readTar(reader, tree);
  } finally {
    await reader.end();
  }
}
