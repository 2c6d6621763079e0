/** The names of entries: which of them are paths inside of a tree. @module */
import { isPosix } from "../fs/files.ts";
import { damaged, quoted, refused } from "./tree_fault.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a name's bytes. A name that is no UTF-8 would come out as another one. */
export function nameText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    const shown = Array.from(bytes, (byte) => byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`);
    throw damaged(`the name ${quoted(shown.join(""))} is not UTF-8`);
  }
}

/** What Linux accepts as a path. */
const LONGEST = 4096;

/**
 * The path of an entry inside of the tree: its parts, joined by `/`. Empty for the tree itself (`./`).
 *
 * @throws {TreeFault} It leads outside, or this system would take it for another name.
 */
export function entryPath(name: string, posix: boolean = isPosix): string {
  if (name === "") throw refused(name, "is no name");
  if (name.includes("\0")) throw refused(name, "has a NUL in its name");
  if (name.length > LONGEST) throw refused(name, "has a name that is too long");
  if (name.startsWith("/")) throw refused(name, "is an absolute name");
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refused(name, "leads outside of the tree, or may");
  if (!posix) { for (const part of parts) checkForWindows(part, name); }
  return parts.join("/");
}

/** Devices that Windows has in each folder, whatever the ending: `nul.txt` is `NUL`. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)/i;

function checkForWindows(part: string, name: string): void {
  // A backslash parts folders there; a colon is a drive or a second stream of a file.
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\\:<>"|?*]/.test(part)) throw refused(name, "has a character that names on Windows cannot have");
  if (/[. ]$/.test(part)) throw refused(name, "ends with a dot or a space, which Windows cuts off");
  if (DEVICE.test(part)) throw refused(name, "is the name of a device on Windows");
}
