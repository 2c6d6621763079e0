/** Reads `/proc`. @module */
import { textOf } from "../ffi/bytes.ts";
import { FfiUnavailable, pointerOf } from "../ffi/ffi.ts";
import { bootLibc } from "../ffi/libc.ts";
import { calls } from "../fs/calls.ts";
import { O_DIRECTORY, SYS_GETDENTS64 } from "./abi.ts";

/** The buffer size. Most files that are read here are smaller. */
const CHUNK = 4096;

/** The bytes of a file in `/proc`, whose size is not known before. `undefined` when it cannot be read. */
export function procBytes(path: string): Uint8Array | undefined {
  try {
    return withOpen(path, 0, bytesOf);
  } catch {
    return undefined;
  }
}

/** The same as text. */
export function procText(path: string): string | undefined {
  const bytes = procBytes(path);
  return bytes && textOf(bytes);
}

function bytesOf(fd: number): Uint8Array {
  let bytes = new Uint8Array(CHUNK);
  for (let size = 0;;) {
    const count = calls().read(fd, bytes.subarray(size), null);
    if (count === 0) return bytes.subarray(0, size);
    size += count;
    if (size < bytes.length) continue;
    const larger = new Uint8Array(2 * size);
    larger.set(bytes);
    bytes = larger;
  }
}

/** The open descriptors of this process; empty when they cannot be listed. */
export function openDescriptors(): number[] {
  try {
    return withOpen("/proc/self/fd", O_DIRECTORY, (own) => {
      const found: number[] = [];
      for (const name of namesIn(own)) if (Number(name) !== own) found.push(Number(name));
      return found;
    });
  } catch (error) {
    if (error instanceof FfiUnavailable) throw error;
    return [];
  }
}

/** The names in an open directory, by a system call: loading `node:fs` for this would take longer. */
function namesIn(fd: number): string[] {
  const { call } = bootLibc();
  const entries = new Uint8Array(CHUNK);
  const names: string[] = [];
  for (;;) {
    const size = Number(call.syscall(SYS_GETDENTS64, BigInt(fd), pointerOf(entries), BigInt(CHUNK), 0n));
    if (size <= 0) return names;
    // struct linux_dirent64: d_reclen at offset 16, d_name at offset 19
    for (let at = 0; at < size; at += (entries[at + 16] ?? 0) | ((entries[at + 17] ?? 0) << 8)) {
      const name = textOf(entries.subarray(at + 19, entries.indexOf(0, at + 19)));
      if (!name.startsWith(".")) names.push(name);
    }
  }
}

/** The file or object behind a descriptor of this process; `undefined` when it is closed or unknown. */
export function descriptorTarget(fd: number): string | undefined {
  try {
    return calls().readlink(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

function withOpen<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = calls().open(path, flags);
  try {
    return use(fd);
  } finally {
    calls().close(fd);
  }
}

/** Facts about a process. */
export interface ProcessFacts {
  /** The start time in clock ticks since the machine's boot. Ids are reused, but not id and start time together. */
  readonly start: string;
  /** It has ended and was not reaped yet. */
  readonly zombie: boolean;
  readonly parent: number;
  readonly group: number;
}

/** Facts about a process; `undefined` when there is no such process, or no `/proc`. */
export function processFacts(pid: number | "self"): ProcessFacts | undefined {
  const text = procText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the process's name in parentheses, which can itself contain parentheses and blanks.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent, group] = fields;
  return {
    start: fields[19] ?? "",
    zombie: state === "Z" || state === "X",
    parent: Number(parent),
    group: Number(group),
  };
}

/** A systemd unit, and who manages it. */
export interface ServiceUnit {
  /** Its name, such as `app.service`. */
  readonly name: string;
  /** The manager of a user, which `systemctl --user` asks. */
  readonly isUsers: boolean;
}

/** The systemd unit that a process belongs to. */
export function unitOf(pid: number | "self"): ServiceUnit | undefined {
  const text = procText(`/proc/${pid}/cgroup`) ?? "";
  const path = /^0::(.*)$/m.exec(text)?.[1] ?? /^\d+:name=systemd:(.*)$/m.exec(text)?.[1] ?? "";
  const services = path.split("/").filter((part) => part.endsWith(".service"));
  const name = services.at(-1);
  // `user@1000.service` is that user's manager; what is below it is the manager's.
  return name === undefined ? undefined : { name, isUsers: services.some((part) => /^user@\d+\.service$/.test(part)) };
}
