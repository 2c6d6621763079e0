/** Finds out which users can change a file on Windows, by access lists. @module */
import { copyMemory } from "../ffi/ffi.ts";
import { fromWide, systemLibrary, wide } from "./win32.ts";

const api = systemLibrary("advapi32.dll", {
  GetNamedSecurityInfoW: [["ptr", "i32", "u32", "ptr", "u64", "ptr", "u64", "ptr"], "u32"],
  LookupAccountSidW: [["u64", "ptr", "ptr", "ptr", "ptr", "ptr", "ptr"], "i32"],
});
const kernel = systemLibrary("kernel32.dll", { LocalFree: [["u64"], "u64"] });

const FILE_OBJECT = 1;
const OWNER_AND_LIST = 1 | 4;
/** An entry that does not apply to the folder itself, but is inherited by what is created in it. */
const INHERIT_ONLY = 0x8;

const RIGHT = {
  /** For a file: write it. For a folder: create files in it, such as a library that the program loads. */
  write: 0x2,
  append: 0x4,
  deleteChild: 0x40,
  delete: 0x1_0000,
  list: 0x4_0000,
  owner: 0x8_0000,
  all: 0x1000_0000,
  genericWrite: 0x4000_0000,
};
/** Rights by which a user can get all other rights, or remove the file. */
const OWNER_RIGHTS = RIGHT.delete | RIGHT.list | RIGHT.owner | RIGHT.all;
/** The rights by which a user can change a file: the rights on the file, on its folder, and on the folders above. */
const CHANGE_RIGHTS: readonly number[] = [
  OWNER_RIGHTS | RIGHT.write | RIGHT.append | RIGHT.genericWrite,
  OWNER_RIGHTS | RIGHT.write | RIGHT.deleteChild | RIGHT.genericWrite,
  OWNER_RIGHTS | RIGHT.deleteChild,
];

/** LocalSystem, Administrators and TrustedInstaller. They can do everything, as root on Linux. */
const ADMINISTRATORS = /^S-1-5-(18|32-544|80-956008885-3418522649-1831038044-1853292631-2271478464)$/;
/** Everyone, Anonymous, Authenticated Users, Interactive, Users, Guests. */
const PUBLIC_GROUPS = ["S-1-1-0", "S-1-5-7", "S-1-5-11", "S-1-5-4", "S-1-5-32-545", "S-1-5-32-546"];
/** CREATOR OWNER and the like: placeholders for the user who creates something in the folder. */
const CREATOR = /^S-1-3-/;

/** {@link PUBLIC_GROUPS} in the form for `icacls`. */
export const PUBLIC_GROUP_NAMES: string = PUBLIC_GROUPS.map((sid) => `*${sid}`).join(" ");

/** An entry of an access list that grants rights. */
export interface Allowed {
  readonly sid: string;
  readonly rights: number;
}

/** The entries of an access list that grant rights on its own file or folder. Pure. */
export function allowedBy(list: Uint8Array): Allowed[] {
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  const found: Allowed[] = [];
  // struct ACL: revision, padding, size, count; then the entries: type, flags, size, rights, SID
  for (let left = view.getUint16(4, true), at = 8; left > 0; left--, at += view.getUint16(at + 2, true)) {
    if (view.getUint8(at) !== 0 || (view.getUint8(at + 1) & INHERIT_ONLY) !== 0) continue;
    found.push({ sid: sidText(list.subarray(at + 8)), rights: view.getUint32(at + 4, true) });
  }
  return found;
}

/** The text form of a SID, such as `S-1-5-32-544`. Pure. */
export function sidText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = Array.from({ length: view.getUint8(1) }, (_, index) => view.getUint32(8 + index * 4, true));
  return ["S", view.getUint8(0), view.getUint16(2) * 2 ** 32 + view.getUint32(4), ...parts].join("-");
}

/**
 * The users who can change a file because of the access list of a place: the file itself or a folder above it. Pure.
 *
 * @param list `undefined`: there is no list (a NULL DACL), so every user has all rights.
 * @param depth 0: the place is the file itself; 1: its folder; more: a folder further up.
 */
export function writersByList(list: readonly Allowed[] | undefined, owner: string, depth: number): Set<string> {
  if (list === undefined) return new Set(["everybody"]);
  const changing = CHANGE_RIGHTS[Math.min(depth, CHANGE_RIGHTS.length - 1)] ?? 0;
  // An owner may always change the access list.
  const sids = [
    ...owner === "" ? [] : [owner],
    ...list.filter(({ rights }) => (rights & changing) !== 0).map(({ sid }) => sid),
  ];
  return new Set(
    sids.filter((sid) => !ADMINISTRATORS.test(sid) && !CREATOR.test(sid)).map((sid) =>
      PUBLIC_GROUPS.includes(sid) ? "everybody" : sid
    ),
  );
}

/** The users who can change a file because of a place's access list; `undefined` when that cannot be read. */
export function windowsWriters(place: string, depth: number): ReadonlySet<string> | undefined {
  // All three are pointers that Windows sets.
  const [owner, list, descriptor] = [new BigUint64Array(1), new BigUint64Array(1), new BigUint64Array(1)];
  const code = api().GetNamedSecurityInfoW(wide(place), FILE_OBJECT, OWNER_AND_LIST, owner, 0n, list, 0n, descriptor);
  if (code !== 0) return undefined;
  try {
    const [ownerAt = 0n, listAt = 0n] = [owner[0], list[0]];
    const writers = writersByList(listAt === 0n ? undefined : allowedBy(listBytes(listAt)), ownerOf(ownerAt), depth);
    return new Set([...writers].map((sid) => sid === "everybody" ? sid : nameOf(sid)));
  } finally {
    kernel().LocalFree(descriptor[0] ?? 0n);
  }
}

function listBytes(address: bigint): Uint8Array {
  const head = copyMemory(address, 8);
  return copyMemory(address, new DataView(head.buffer, head.byteOffset).getUint16(2, true));
}

/** The SID at an address. It has 8 bytes and 4 for each subauthority; the second byte is the number of these. */
function ownerOf(address: bigint): string {
  return address === 0n ? "" : sidText(copyMemory(address, 8 + 4 * (copyMemory(address, 2)[1] ?? 0)));
}

/** The account name as `MACHINE\user`, or the SID if there is no such account. */
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
