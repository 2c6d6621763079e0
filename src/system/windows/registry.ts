/** Reads and writes registry values of services. @module */
import { fromWide, systemLibrary, wide, wideRaw, Win32Error } from "./win32.ts";

const api = systemLibrary("advapi32.dll", {
  RegSetKeyValueW: [["u64", "ptr", "ptr", "u32", "ptr", "u32"], "i32"],
  RegGetValueW: [["u64", "ptr", "ptr", "u32", "u64", "ptr", "ptr"], "i32"],
  RegDeleteTreeW: [["u64", "ptr"], "i32"],
});

/** HKEY_LOCAL_MACHINE, a 32-bit constant that is sign-extended to 64 bits. */
const LOCAL_MACHINE = 0xffff_ffff_8000_0002n;
const TYPE = { text: 1, expandable: 2, number: 4, list: 7 } as const;
const ANY_TYPE = 0xffff;

/** A value to write. */
export type RegistryValue =
  | { readonly kind: "text" | "expandable"; readonly text: string }
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "list"; readonly items: readonly string[] };

/** Writes a value under HKEY_LOCAL_MACHINE; creates the key if missing. */
export function setRegistryValue(key: string, name: string, value: RegistryValue): void {
  const data = encode(value);
  const code = api().RegSetKeyValueW(LOCAL_MACHINE, wide(key), wide(name), TYPE[value.kind], data, data.byteLength);
  if (code !== 0) throw new Win32Error(`write ${name} to the registry key HKLM\\${key}`, code);
}

/** A list or a string from HKEY_LOCAL_MACHINE; `undefined` when it is missing or has another type. */
export function registryStrings(key: string, name: string): string[] | undefined {
  const data = new Uint16Array(16_384);
  const size = new Uint32Array([data.byteLength]);
  if (api().RegGetValueW(LOCAL_MACHINE, wide(key), wide(name), ANY_TYPE, 0n, data, size) !== 0) return undefined;
  const items: string[] = [];
  const length = (size[0] ?? 0) / 2;
  for (let start = 0; start < length;) {
    const item = fromWide(data.subarray(0, length), start);
    if (item === "") break;
    items.push(item);
    start += item.length + 1;
  }
  return items;
}

/** Removes a key under HKEY_LOCAL_MACHINE and its subkeys. A missing key is not an error. */
export function deleteRegistryKey(key: string): void {
  const code = api().RegDeleteTreeW(LOCAL_MACHINE, wide(key));
  if (code !== 0 && code !== 2) throw new Win32Error(`remove the registry key HKLM\\${key}`, code);
}

function encode(value: RegistryValue): Uint16Array | Uint32Array {
  switch (value.kind) {
    case "number":
      return new Uint32Array([value.number]);
    case "list":
      return wideRaw(value.items.map((item) => `${item}\0`).join("") + "\0");
    default:
      return wide(value.text);
  }
}
