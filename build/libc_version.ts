/** The C library that an executable needs. @module */
import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";

/** Types of segments and of dynamic entries: /usr/include/elf.h. */
const PT_LOAD = 1, PT_DYNAMIC = 2;
const DT_NEEDED = 1, DT_STRTAB = 5, DT_STRSZ = 10;

/** The libraries that Debian's libc6 has. */
const OF_LIBC6 = /^(lib(c|m|dl|pthread|rt|util|resolv)\.so\.\d+|ld-linux-[\w-]+\.so\.\d+)$/;

/**
 * The least version of glibc with which the executable starts, such as `2.17`. Read from the segments: our executables
 * have no section headers, by which `dpkg-shlibdeps` goes.
 */
export function libcVersion(file: string): string {
  const fd = openSync(file, "r");
  try {
    const read = (at: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      if (readSync(fd, bytes, 0, length, at) !== length) throw new Error(`${file} is cut short`);
      return bytes;
    };
    const header = read(0, 64);
    const isElf64 = header.toString("latin1", 0, 5) === "\x7fELF\x02" && header[5] === 1;
    if (!isElf64) throw new Error(`${file} is no 64-bit little-endian ELF file`);
    const size = header.readUInt16LE(0x36);
    const table = read(Number(header.readBigUInt64LE(0x20)), size * header.readUInt16LE(0x38));
    const number = (bytes: Buffer, at: number) => Number(bytes.readBigUInt64LE(at));
    const segments = Array.from({ length: table.length / size }, (_, i) => {
      const bytes = table.subarray(i * size);
      const [at, address, length] = [number(bytes, 0x08), number(bytes, 0x10), number(bytes, 0x20)];
      return { type: bytes.readUInt32LE(0), at, address, length };
    });
    const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
    if (dynamic === undefined) throw new Error(`${file} is linked to no library`);
    const bytes = read(dynamic.at, dynamic.length);
    const entries = Array.from({ length: bytes.length / 16 }, (_, i) => {
      return { tag: number(bytes, i * 16), value: number(bytes, i * 16 + 8) };
    });
    const valueOf = (tag: number) => entries.find((entry) => entry.tag === tag)?.value ?? 0;
    const strings = valueOf(DT_STRTAB);
    const home = segments.find(({ type, address, length }) =>
      type === PT_LOAD && address <= strings && strings < address + length
    );
    if (home === undefined) throw new Error(`${file} has no names of libraries`);
    const names = read(home.at + strings - home.address, valueOf(DT_STRSZ)).toString("latin1");
    const libraries = entries.filter(({ tag }) => tag === DT_NEEDED).map(({ value }) => wordAt(names, value));
    const others = libraries.filter((library) => !OF_LIBC6.test(library));
    if (others.length > 0) throw new Error(`${file} needs ${others.join(", ")}, for which no dependency is known`);
    return highest(names.split("\0").flatMap((name) => /^GLIBC_(\d[\d.]*)$/.exec(name)?.[1] ?? []));
  } finally {
    closeSync(fd);
  }
}

function wordAt(names: string, at: number): string {
  return names.slice(at, names.indexOf("\0", at));
}

function highest(versions: readonly string[]): string {
  const [first] = versions.toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
  if (first === undefined) throw new Error("The executable needs no version of glibc");
  return first;
}
