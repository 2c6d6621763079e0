/** Who may change a file or folder on Windows, by its access list. @module */
import { copyMemory } from "../ffi/ffi.ts";
import { fromWide, systemLibrary, wide } from "./win32.ts";

const api = systemLibrary("advapi32.dll", {
  GetNamedSecurityInfoW: [["ptr", "i32", "u32", "ptr", "u64", "ptr", "u64", "ptr"], "u32"],
  LookupAccountSidW: [["u64", "ptr", "ptr", "ptr", "ptr", "ptr", "ptr"], "i32"],
});
const kernel = systemLibrary("kernel32.dll", { LocalFree: [["u64"], "u64"] });

const FILE_OBJECT = 1;
const OWNER_AND_LIST = 1 | 4;
/** An entry that the folder only hands down. */
const INHERIT_ONLY = 0x8;

const RIGHT = {
  /** Of a file its bytes, of a folder a new file in it: a library, say, that the program loads. */
  write: 0x2,
  append: 0x4,
  deleteChild: 0x40,
  delete: 0x1_0000,
  list: 0x4_0000,
  owner: 0x8_0000,
  all: 0x1000_0000,
  genericWrite: 0x4000_0000,
};
/** Whoever has one of these takes all others, or the thing itself. */
const TAKING = RIGHT.delete | RIGHT.list | RIGHT.owner | RIGHT.all;
/** What lets somebody change what is at a path: by the thing itself, by its folder, by the folders above. */
const CHANGING: readonly number[] = [
  TAKING | RIGHT.write | RIGHT.append | RIGHT.genericWrite,
  TAKING | RIGHT.write | RIGHT.deleteChild | RIGHT.genericWrite,
  TAKING | RIGHT.deleteChild,
];

/** Administrators, the system itself, and its installer: as root elsewhere. */
const MIGHTY = /^S-1-5-(18|32-544|80-956008885-3418522649-1831038044-1853292631-2271478464)$/;
/** Everyone, Anonymous, Authenticated Users, Interactive, Users, Guests. */
const CROWDS = ["S-1-1-0", "S-1-5-7", "S-1-5-11", "S-1-5-4", "S-1-5-32-545", "S-1-5-32-546"];
/** Stands for whoever makes something in the folder. */
const CREATOR = /^S-1-3-/;

/** The same as names that `icacls` takes. */
export const CROWD_NAMES: string = CROWDS.map((sid) => `*${sid}`).join(" ");

/** An entry that allows something. */
export interface Allowed {
  readonly sid: string;
  readonly rights: number;
}

/** The entries of an access list that allow something at its own place. Pure. */
export function allowedBy(list: Uint8Array): Allowed[] {
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  const found: Allowed[] = [];
  // ACL: revision, padding, size, count; each entry: type, flags, size, rights, and whose.
  for (let left = view.getUint16(4, true), at = 8; left > 0; left--, at += view.getUint16(at + 2, true)) {
    if (view.getUint8(at) !== 0 || (view.getUint8(at + 1) & INHERIT_ONLY) !== 0) continue;
    found.push({ sid: sidText(list.subarray(at + 8)), rights: view.getUint32(at + 4, true) });
  }
  return found;
}

/** `S-1-5-32-544` of its bytes. Pure. */
export function sidText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = Array.from({ length: view.getUint8(1) }, (_, index) => view.getUint32(8 + index * 4, true));
  return ["S", view.getUint8(0), view.getUint16(2) * 2 ** 32 + view.getUint32(4), ...parts].join("-");
}

/**
 * Those who can change what is at a path, among those who may do something at this place. Pure.
 *
 * @param list `undefined`: there is no list, and all may do everything.
 * @param depth 0: the place is the thing itself; 1: its folder; more: a folder above.
 */
export function changersBy(list: readonly Allowed[] | undefined, owner: string, depth: number): Set<string> {
  if (list === undefined) return new Set(["everybody"]);
  const changing = CHANGING[Math.min(depth, CHANGING.length - 1)] ?? 0;
  // An owner may always write the list anew.
  const sids = [
    ...owner === "" ? [] : [owner],
    ...list.filter(({ rights }) => (rights & changing) !== 0).map(({ sid }) => sid),
  ];
  return new Set(
    sids.filter((sid) => !MIGHTY.test(sid) && !CREATOR.test(sid)).map((sid) =>
      CROWDS.includes(sid) ? "everybody" : sid
    ),
  );
}

/** Those who can change what is at a path by way of a place; `undefined` where there is nothing, or no list. */
export function changersAt(place: string, depth: number): ReadonlySet<string> | undefined {
  const [owner, list, descriptor] = [new BigUint64Array(1), new BigUint64Array(1), new BigUint64Array(1)];
  const code = api().GetNamedSecurityInfoW(wide(place), FILE_OBJECT, OWNER_AND_LIST, owner, 0n, list, 0n, descriptor);
  if (code !== 0) return undefined;
  try {
    const [ownerAt = 0n, listAt = 0n] = [owner[0], list[0]];
    const changers = changersBy(listAt === 0n ? undefined : allowedBy(listBytes(listAt)), ownerOf(ownerAt), depth);
    return new Set([...changers].map((sid) => sid === "everybody" ? sid : nameOf(sid)));
  } finally {
    kernel().LocalFree(descriptor[0] ?? 0n);
  }
}

function listBytes(address: bigint): Uint8Array {
  const head = copyMemory(address, 8);
  return copyMemory(address, new DataView(head.buffer, head.byteOffset).getUint16(2, true));
}

/** A SID is at most 68 bytes long; how long this one is, its second byte says. */
function ownerOf(address: bigint): string {
  return address === 0n ? "" : sidText(copyMemory(address, 8 + 4 * (copyMemory(address, 2)[1] ?? 0)));
}

/** `MACHINE\\user`, or the SID itself where nobody knows it. */
function nameOf(sid: string): string {
  const [name, domain] = [new Uint16Array(257), new Uint16Array(257)];
  const [nameSize, domainSize, use] = [new Uint32Array([256]), new Uint32Array([256]), new Uint32Array(1)];
  const known = api().LookupAccountSidW(0n, sidBytes(sid), name, nameSize, domain, domainSize, use) !== 0;
  return known ? [fromWide(domain), fromWide(name)].filter((part) => part !== "").join("\\") : sid;
}

function sidBytes(sid: string): Uint8Array {
  const [revision = 1, authority = 0, ...parts] = sid.split("-").slice(1).map(Number);
  const view = new DataView(new ArrayBuffer(8 + parts.length * 4));
  view.setUint8(0, revision);
  view.setUint8(1, parts.length);
  view.setUint16(2, Math.floor(authority / 2 ** 32));
  view.setUint32(4, authority >>> 0);
  parts.forEach((part, index) => view.setUint32(8 + index * 4, part, true));
  return new Uint8Array(view.buffer);
}
