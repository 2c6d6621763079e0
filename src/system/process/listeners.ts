/** Which process listens on a TCP port: `/proc/net/tcp`, and the descriptors of a unit's processes. @module */
import { lookup } from "node:dns/promises";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** A listening socket. */
export interface Listener {
  /** The address in the text form of `/proc/net/tcp` (hex); zeros only: every address. */
  readonly address: string;
  readonly inode: string;
}

/** The sockets that listen on a port. */
export function listenersOn(port: number): Listener[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => parseListeners(readOr(path, ""), port));
}

/** Reads `/proc/net/tcp` or `tcp6`. */
export function parseListeners(text: string, port: number): Listener[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return text.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    return state === "0A" && local.endsWith(suffix) ? [{ address: local.slice(0, -suffix.length), inode }] : [];
  });
}

/** The sockets that a connection to an address can reach: those on the address itself, else those on every address. */
export function reachedAt(address: string, listeners: readonly Listener[]): Listener[] {
  const own = hexOf(address);
  const exact = listeners.filter((one) => own.includes(one.address));
  const isV6 = isIP(address) === 6;
  return exact.length > 0
    ? exact
    : listeners.filter(({ address }) => /^0+$/.test(address) && (!isV6 || address.length === 32));
}

/** An address as `/proc/net/tcp` and, mapped to IPv6, `tcp6` write it: in 32-bit words of this machine's order. */
function hexOf(address: string): string[] {
  if (isIP(address) === 4) {
    const word = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0")).reverse().join("")
      .toUpperCase();
    return [word, `0000000000000000FFFF0000${word}`];
  }
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const parts = (text: string | undefined) => text ? text.split(":") : [];
  const [before, after] = [parts(head), parts(tail)];
  const groups = [...before, ...Array(8 - before.length - after.length).fill("0"), ...after]
    .map((group: string) => group.padStart(4, "0")).join("").toUpperCase();
  const words = groups.match(/.{8}/g) ?? [];
  return [words.map((word) => (word.match(/../g) ?? []).reverse().join("")).join("")];
}

/** The addresses of a host name; `undefined` when it has none. */
export async function addressesOf(host: string): Promise<string[] | undefined> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return undefined;
  }
}

/** True for an address of this machine. */
export function isOwnAddress(address: string): boolean {
  if (/^127\.|^::1$|^0\.0\.0\.0$|^::$/.test(address)) return true;
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));
}

/** The processes of a control group and of the groups below it; empty when it is not found. */
export function processesIn(controlGroup: string): number[] {
  for (const root of ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"]) {
    const found = processesBelow(root + controlGroup);
    if (found.length > 0) return found;
  }
  return [];
}

function processesBelow(folder: string): number[] {
  const own = readOr(`${folder}/cgroup.procs`, "").split("\n").filter(Boolean).map(Number);
  try {
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...own, ...folders.flatMap(({ name }) => processesBelow(`${folder}/${name}`))];
  } catch {
    return own;
  }
}

/** The inodes of the sockets that processes hold; `undefined` when this process may not see them. */
export function socketsOf(pids: readonly number[]): ReadonlySet<string> | undefined {
  const inodes = new Set<string>();
  for (const pid of pids) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(linkOr(`/proc/${pid}/fd/${fd}`))?.[1];
        if (inode !== undefined) inodes.add(inode);
      }
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOENT") return undefined;
    }
  }
  return inodes;
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed meanwhile
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}
